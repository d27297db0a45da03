"""The admin pages: true, and usable without JavaScript."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from werkzeug.test import TestResponse

from tests.engines import HARMLESS, until
from tests.probe.glossator_probe import RED
from tests.web import WebRoom, web_room


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRoom]:
    with web_room(tmp_path_factory.mktemp("admin"), (RED, *HARMLESS[:3]), attempts=1) as room:
        yield room


def send(web: WebRoom, path: str, **fields: str) -> TestResponse:
    """Submit a form as a browser does, and follow where it leads."""
    headers = {"Origin": "http://localhost", "Accept": "text/html"}
    return web.client.post(path, data=fields, headers=headers, follow_redirects=True)


def words(answer: TestResponse) -> str:
    """What a person reads."""
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def test_empty_lists_say_what_to_do(tmp_path: Path) -> None:
    with web_room(tmp_path) as web:
        assert "No source yet. Paste" in words(web.client.get("/admin/"))
        work = words(web.client.get("/admin/work"))
        assert "No engine runs" in work and "Nothing is being computed." in work and "No job yet." in work
        assert "No book yet." in words(web.client.get("/"))
        assert not web.engine_was_started


def test_a_source_is_added_and_shown(web: WebRoom) -> None:
    url = web.publisher.manifest(2)
    added = words(send(web, "/admin/sources", url=url))
    assert "Added." in added and "book-2" in added and "0 of 2" in added
    assert "here already" in words(send(web, "/admin/sources", url=url))
    assert url in words(web.client.get("/admin/"))


def test_what_cannot_be_added_is_told_beside_the_form(web: WebRoom) -> None:
    url = f"{web.publisher.base}/404/iiif/3/book/manifest"
    answer = send(web, "/admin/sources", url=url)
    assert answer.status_code == 502 and 'role="alert"' in answer.text and f'value="{url}"' in answer.text


def test_failures_have_reasons_and_are_tried_again(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(4))
    page = f"/admin/sources/{name}"
    for number in range(4):
        web.client.get(web.page(name, number))
    shown = words(web.client.get(page))
    assert "3 of 4" in shown and "cannot bear red" in shown and "1 p. 1" in shown
    assert "when you ask for it" in shown
    calls = len(web.room.calls())
    revision = web.room.store.failures(name)[0].revision
    assert "1 page is tried again" in words(send(web, f"{page}/retry", revision=revision))
    until(lambda: len(web.room.calls()) > calls, "the model is asked again")
    until(lambda: web.room.store.failures(name), "and fails again")
    assert "1 page is tried again" in words(send(web, f"{page}/retry"))


def test_layers_are_added_and_removed(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(5))
    page = f"/admin/sources/{name}"
    assert "Illustrations" in words(send(web, f"{page}/layers", add="illustrations"))
    manifest = web.client.get(f"/iiif/3/{name}/manifest").get_json(force=True)
    assert len(manifest["items"][0]["annotations"]) == 2
    send(web, f"{page}/layers", remove="illustrations")
    manifest = web.client.get(f"/iiif/3/{name}/manifest").get_json(force=True)
    assert len(manifest["items"][0]["annotations"]) == 1
    assert send(web, f"{page}/layers", add="nothing").status_code == 422


def test_the_policy_is_changed(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(6))
    assert "jobs only" in words(send(web, f"/admin/sources/{name}/policy", policy="batch"))
    assert web.services.sources.open(name).policy == "batch"
    assert send(web, f"/admin/sources/{name}/policy", policy="perhaps").status_code == 422


def test_a_statement_against_ai_is_respected_until_the_operator_overrides_it(
    web: WebRoom, caplog: pytest.LogCaptureFixture
) -> None:
    name = web.register(web.publisher.manifest(7))
    source = web.services.sources.open(name)
    document = orjson.loads(web.room.store.get_snapshot(source.snapshot))
    document["rights"] = "http://www.wikidata.org/entity/Q127515163"
    web.room.store.put_source(_with_document(web, source, document))
    page = f"/admin/sources/{name}"
    assert "does not want this read by machines" in words(web.client.get(page))
    assert web.client.get(web.page(name, 5)).status_code == 404
    assert "overridden" in words(send(web, f"{page}/refusal", overridden="yes"))
    assert any("overridden" in record.getMessage() for record in caplog.records)
    assert web.client.get(web.page(name, 5)).status_code == 200
    assert "respected" in words(send(web, f"{page}/refusal", overridden=""))
    assert web.services.sources.open(name).effective_policy == "off"


def test_a_job_is_started_and_shown(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(8))
    web.room.hold()
    shown = words(send(web, f"/admin/sources/{name}/compute", layer="probe"))
    assert "book-8" in shown and "of 8" in shown and "Pause" in shown
    until(lambda: "Computing" in words(web.client.get("/admin/work")) and web.services.engine.status().computing)
    assert re.search(r"book-8 \d+ A backend for tests", words(web.client.get("/admin/work")))
    job = web.room.store.jobs()[0]
    assert "paused" in words(send(web, f"/admin/jobs/{job.id}", action="pause"))
    assert "cancelled" in words(send(web, f"/admin/jobs/{job.id}", action="cancel"))
    web.room.go_on()
    assert send(web, f"/admin/jobs/{job.id}", action="pause").status_code == 422
    assert send(web, f"/admin/jobs/{job.id}", action="explode").status_code == 422
    send(web, f"/admin/jobs/{job.id}", action="resume")
    until(lambda: web.room.store.get_job(job.id).state == "done")  # type: ignore[union-attr]


def test_backends_tell_version_device_and_labels(web: WebRoom) -> None:
    assert web.client.get(web.page(web.register(), 1)).status_code == 200
    until(lambda: "1.0 on cpu" in words(web.client.get("/admin/backends")), "the engine tells what it has loaded")
    shown = words(web.client.get("/admin/backends"))
    assert "illustration, ornament" in shown and "loaded by the first page" in shown


def test_storage_is_counted(web: WebRoom) -> None:
    shown = words(web.client.get("/admin/storage"))
    assert "Readings" in shown and "are free on the disk" in shown and "GLOSSATOR_CACHE_SIZE" in shown


def test_refreshing_says_what_came_of_it(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(9))
    page = f"/admin/sources/{name}"
    assert "has not changed" in words(send(web, f"{page}/refresh"))
    web.publisher.down = True
    assert "no usable answer" in words(send(web, f"{page}/refresh"))
    web.publisher.down = False


def test_deleting_leads_back_to_the_list(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(10))
    assert "is deleted" in words(send(web, f"/admin/sources/{name}/delete"))
    assert web.client.get(f"/admin/sources/{name}").status_code == 410
    assert web.client.get(f"/iiif/3/{name}/manifest").status_code == 410


def test_a_hostile_label_is_only_text(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(11))
    source = web.services.sources.open(name)
    document = orjson.loads(web.room.store.get_snapshot(source.snapshot))
    document["label"] = {"en": ['<script>alert("x")</script>']}
    web.room.store.put_source(_with_document(web, source, document))
    for path in ("/", "/admin/", f"/admin/sources/{name}", f"/view/{name}", f"/view/{name}?viewer=uv"):
        assert "<script>alert" not in web.client.get(path).text


def test_nothing_from_elsewhere_runs_in_the_admin_pages(web: WebRoom) -> None:
    policy = web.client.get("/admin/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy


def _with_document(web: WebRoom, source: object, document: dict[str, object]) -> object:
    """The source as if its publisher had written that."""
    from server.sources import Delivered

    return web.services.sources._updated(source, Delivered(orjson.dumps(document)))  # type: ignore[arg-type]
