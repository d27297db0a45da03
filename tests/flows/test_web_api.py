"""The JSON API as the design fixes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from iiif_store.source import source_id
from iiif_store.stores.base import Job
from server.context import DOORS
from server.jobs import Jobs
from server.recent import Recent
from server.sources import now
from tests.engines import HARMLESS, until
from tests.probe.glossator_probe import RED
from tests.web import STRANGER, WebRoom, problem, web_room


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRoom]:
    with web_room(tmp_path_factory.mktemp("api"), (*HARMLESS[:3], RED), attempts=1) as room:
        yield room


def test_registering_tells_all_that_a_client_needs(web: WebRoom) -> None:
    url = web.publisher.manifest(2, "2")
    answer = web.client.post("/api/sources", json={"url": url})
    row = answer.get_json()
    assert (answer.status_code, answer.content_type) == (201, "application/json")
    assert answer.headers["Location"] == f"http://localhost/api/sources/{row['id']}"
    expected = {
        "id": source_id(url),
        "url": url,
        "kind": "manifest",
        "label": "book-2",
        "manifest": f"http://localhost/iiif/3/{row['id']}/manifest",
        "manifest_v2": f"http://localhost/iiif/2/{row['id']}/manifest",
        "view": f"http://localhost/view/{row['id']}?viewer=mirador",
        "policy": "open",
    }
    assert {key: row[key] for key in expected} == expected
    layer = {"name": "probe", "backend": "probe", "version": "1.0"}
    assert row["layers"] == [layer | {"collection": f"http://localhost/iiif/3/{row['id']}/layers/probe"}]
    assert isinstance(row["repairs"], list)
    for path in (row["manifest"], row["manifest_v2"], row["view"], row["layers"][0]["collection"]):
        assert web.client.get(path).status_code == 200
    again = web.client.post("/api/sources", json={"url": url})
    assert (again.status_code, again.get_json()) == (200, row)
    assert web.client.get(f"/api/sources/{row['id']}").get_json() == row


def test_registering_again_adds_backends_and_changes_the_policy(web: WebRoom) -> None:
    url = web.publisher.manifest(1)
    web.register(url)
    again = web.client.post("/api/sources", json={"url": url, "backends": ["probe", "probe@1.0"], "policy": "token"})
    assert again.status_code == 200
    assert [layer["name"] for layer in again.get_json()["layers"]] == ["probe", "probe@1.0"]
    assert again.get_json()["policy"] == "token"


@pytest.mark.parametrize("write", [" {}", "{}\n", "\u00a0{} ", "HTTP{}"])
def test_a_url_that_was_pasted_badly_is_that_source(web: WebRoom, write: str) -> None:
    good = web.publisher.manifest(3)
    pasted = write.format(good.removeprefix("http") if write.startswith("HTTP") else good)
    source = web.register(pasted)
    assert source == web.register(good)
    assert web.client.get(f"/api/sources/{source}").get_json()["url"] == good
    opened = web.client.get("/open", query_string={"url": pasted}, headers={"Accept": "application/json"})
    assert opened.headers["Location"] == web.links.manifest(source)
    blank = web.client.post("/api/sources", json={"url": "  "})
    assert problem(blank)["status"] == 422


@pytest.mark.parametrize("url", [" {}", "HTTP{}"])
def test_the_publisher_is_credited_however_his_url_was_written_once(web: WebRoom, url: str) -> None:
    """Earlier versions kept it as it was pasted."""
    good = web.publisher.manifest(3)
    kept = url.format(good.removeprefix("http") if url.startswith("HTTP") else good)
    row = web.services.sources.open(web.register(good))
    web.room.store.put_source(replace(row, id=source_id(kept), url=kept))
    for version, name in (("3", "id"), ("2", "@id")):
        document = web.client.get(f"/iiif/{version}/{source_id(kept)}/manifest").get_json(force=True)
        links = document["seeAlso"] if isinstance(document["seeAlso"], list) else [document["seeAlso"]]
        assert links[-1][name] == kept.strip()
        assert "Copied from" in str(document["metadata"][-1])


def test_the_list_of_sources_is_walked_by_its_next(web: WebRoom) -> None:
    made = {web.register(web.publisher.manifest(count)) for count in range(6, 11)}
    found: list[str] = []
    where = "/api/sources?limit=2"
    while where:
        page = web.client.get(where).get_json()
        assert len(page["items"]) <= 2
        found += [row["id"] for row in page["items"]]
        where = page["next"]
    assert made <= set(found) and found == sorted(set(found))


def test_a_collection_has_its_kind(web: WebRoom) -> None:
    answer = web.client.post("/api/sources", json={"url": web.publisher.url("/iiif/3/collection?books=a,b")})
    row = answer.get_json()
    assert row["kind"] == "collection" and row["manifest"].endswith(f"/iiif/3/{row['id']}/collection")
    assert web.client.get(row["manifest"]).get_json(force=True)["type"] == "Collection"


def test_a_job_is_followed_to_its_end(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(4))
    answer = web.client.post("/api/jobs", json={"sources": [name], "backends": ["probe"]})
    job = answer.get_json()
    assert answer.status_code == 202 and job["counts"]["total"] == 4
    assert job["events"] == f"http://localhost/api/jobs/{job['id']}/events"
    with web.client.get(job["events"]) as stream:
        assert stream.content_type == "text/event-stream"
        events = [re.match(r"event: (\w+)\ndata: (.*)", text) for text in stream.text.split("\n\n")]
    told = [(match[1], orjson.loads(match[2])) for match in events if match]
    assert told[-1][0] == "end" and {kind for kind, _ in told[:-1]} == {"progress"}
    last = told[-1][1]
    assert (last["state"], last["counts"]) == ("done", {"total": 4, "done": 3, "failed": 1})
    assert web.client.get(f"/api/jobs/{job['id']}").get_json() == last
    assert job["id"] in [row["id"] for row in web.client.get("/api/jobs").get_json()["items"]]


def test_those_who_follow_jobs_hold_up_nobody_who_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers may follow. There is a number of them, and what they are told is counted once for all."""
    counted: list[str] = []
    counts = Jobs.counts
    monkeypatch.setattr(Jobs, "counts", lambda self, job: counted.append(job.id) or counts(self, job))  # type: ignore[func-returns-value]
    with web_room(tmp_path, threads=16) as web, ExitStack() as open_streams:
        web.app.extensions[DOORS] = replace(web.app.extensions[DOORS], recent=Recent(3600))
        job = Job("a" * 16, (web.register(),), ("probe",), "paused", now())
        web.services.store.put_job(job)
        path = f"/api/jobs/{job.id}/events"
        answers = [web.client.get(path, environ_base=STRANGER) for _ in range(5)]
        for answer in answers:
            open_streams.callback(answer.close)
        assert [answer.status_code for answer in answers] == [200, 200, 503, 503, 503]
        assert problem(answers[-1])["slug"] == "busy" and int(answers[-1].headers["Retry-After"]) > 0
        for answer in answers[:2]:
            chunks = answer.iter_encoded()
            assert [next(chunks), next(chunks)][1].startswith(b"event: progress")
        assert counted == [job.id]
        web.register(web.publisher.manifest(3))


def test_a_job_of_a_deleted_source_is_still_told(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(12))
    job = web.client.post("/api/jobs", json={"sources": [name], "backends": ["probe"]}).get_json()
    until(lambda: web.client.get(f"/api/jobs/{job['id']}").get_json()["state"] in ("done", "failed"))
    web.client.delete(f"/api/sources/{name}")
    told = web.client.get(f"/api/jobs/{job['id']}")
    assert (told.status_code, told.get_json()["counts"]) == (200, None)


def test_all_annotations_in_one_download(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(3))
    for number in (0, 2):
        assert web.client.get(web.page(name, number)).status_code == 200
    answer = web.client.get(f"/api/sources/{name}/annotations")
    assert answer.mimetype == "application/ld+json"
    assert f"{name}-annotations" in answer.headers["Content-Disposition"]
    document = answer.get_json(force=True)
    found = [annotation["id"] for page in document["items"] for annotation in page["items"]]
    pages = [web.client.get(web.page(name, number)).get_json(force=True) for number in (0, 2)]
    wanted = [annotation["id"] for page in pages for annotation in page["items"]]
    assert [name for name in found if name in wanted] == wanted, "in the order of the pages"
    assert document["total"] == len(found) == len(set(found))
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert web.client.get(f"/api/sources/{name}/annotations", headers=tag).status_code == 304


def test_backends_are_listed_without_importing_them(web: WebRoom) -> None:
    rows = {row["name"]: row for row in web.client.get("/api/backends").get_json()["items"]}
    assert {"illustrations", "yolo", "probe"} <= set(rows)
    assert rows["probe"]["version"] == "1.0" and rows["probe"]["labels"] == ["page"]
    assert rows["illustrations"]["labels"] and rows["illustrations"]["problem"] is None
    assert "loaded" in rows["yolo"] and "parameters" in rows["yolo"]


def test_the_description_holds_every_route_of_the_api(web: WebRoom) -> None:
    document = web.client.get("/api/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    for rule in web.app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            item = document["paths"][re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)]
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                operation = item[method.lower()]
                assert operation["summary"].endswith(".")
                named = {part["name"] for part in operation["parameters"] if part["in"] == "path"}
                assert named == rule.arguments
    body = document["paths"]["/api/sources"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["url"] and "backends" in body["properties"]


def test_metrics_count_what_was_asked(tmp_path: Path) -> None:
    with web_room(tmp_path) as web:
        name = web.register()
        for _ in range(3):
            web.client.get(f"/iiif/3/{name}/manifest")
        web.client.get("/iiif/3/nowhere")
        text = web.client.get("/metrics").text
        assert 'glossator_requests_total{door="iiif",method="GET",status="200"} 3.0' in text
        assert 'glossator_requests_total{door="iiif",method="GET",status="404"} 1.0' in text
        assert 'glossator_problems_total{type="not-found"} 1.0' in text
        assert "glossator_warm_answers_total 2.0" in text
        assert 'glossator_request_seconds_count{door="iiif"} 4.0' in text
