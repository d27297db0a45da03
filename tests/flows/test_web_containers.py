"""The Web Annotation Protocol from a client's side: containers, reading, writing, and what becomes of it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest

from iiif_store.container import PAGE_SIZE
from iiif_store.stores import open_store
from tests.web import STRANGER, WebRoom, problem, web_room

ANNO = "http://www.w3.org/ns/anno.jsonld"
LD = 'application/ld+json;profile="http://www.w3.org/ns/anno.jsonld"'
MINIMAL = "http://www.w3.org/ns/ldp#PreferMinimalContainer"
IRIS = "http://www.w3.org/ns/oa#PreferContainedIRIs"
DESCRIPTIONS = "http://www.w3.org/ns/oa#PreferContainedDescriptions"


@pytest.fixture
def source(web: WebRoom) -> Iterator[str]:
    """A source without any annotation of a person."""
    found = web.register()
    yield found
    for note in list(web.room.store.annotations.of(found)):
        web.room.store.annotations.delete(found, note.id, "2026-01-01T00:00:00Z", None)


def canvas(web: WebRoom, source: str, n: int = 0) -> Any:
    return web.services.sources.manifest(web.services.sources.open(source)).canvases[n]


def note(target: str, **members: Any) -> dict[str, Any]:
    text = {"type": "TextualBody", "value": "A fine initial", "language": "en"}
    return {
        "@context": ANNO,
        "type": "Annotation",
        "motivation": "commenting",
        "body": text,
        "target": target,
    } | members


def post(web: WebRoom, source: str, document: Any, **headers: str) -> Any:
    body = document if isinstance(document, bytes | str) else orjson.dumps(document)
    return web.client.post(f"/annotations/{source}/", data=body, headers={"Content-Type": LD} | headers)


class TestOneAnnotation:
    def test_what_is_posted_is_there_under_its_slug(self, web: WebRoom, source: str) -> None:
        target = f"{canvas(web, source).id}#xywh=1,2,30,40"
        answer = post(web, source, note(target), Slug="Première note")
        uri = f"http://localhost/annotations/{source}/premiere-note"
        told = answer.get_json(force=True)
        assert (answer.status_code, answer.headers["Location"], told["id"]) == (201, uri, uri)
        assert answer.headers["Content-Location"] == uri
        assert told["target"] == target
        assert told["creator"] == {"type": "Person", "name": "local user"}
        assert told["created"].endswith("Z")
        got = web.client.get(uri)
        assert (got.status_code, got.data, got.headers["ETag"]) == (200, answer.data, answer.headers["ETag"])
        assert got.content_type == LD
        assert got.headers["Allow"] == "GET, HEAD, OPTIONS, PUT, DELETE"
        assert '<http://www.w3.org/ns/ldp#Resource>; rel="type"' in got.headers.getlist("Link")
        assert "Accept" in got.headers["Vary"]
        assert not got.headers["ETag"].startswith("W/")
        head = web.client.head(uri)
        assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", got.headers["ETag"])
        options = web.client.options(uri)
        assert (options.status_code, options.headers["Allow"]) == (200, got.headers["Allow"])

    def test_a_slug_that_is_taken_or_a_machines_gets_another_name(self, web: WebRoom, source: str) -> None:
        target = canvas(web, source).id
        first = post(web, source, note(target), Slug="mine").headers["Location"]
        second = post(web, source, note(target), Slug="mine").headers["Location"]
        machine = post(web, source, note(target), Slug="abcdefghijkl-0123456789abcdef-0").headers["Location"]
        assert len({first, second, machine}) == 3
        assert "0123456789abcdef" not in machine

    def test_where_it_came_from_is_told_and_its_canonical_id_kept(self, web: WebRoom, source: str) -> None:
        sent = note(canvas(web, source).id, id="https://other.example/a/1", canonical="urn:uuid:1234")
        told = post(web, source, sent).get_json(force=True)
        assert told["via"] == "https://other.example/a/1"
        assert told["canonical"] == "urn:uuid:1234"

    def test_it_is_replaced_whole(self, web: WebRoom, source: str) -> None:
        made = post(web, source, note(canvas(web, source).id, canonical="urn:uuid:7"))
        told, uri = made.get_json(force=True), made.headers["Location"]
        told["body"] = {"type": "TextualBody", "value": "Better", "format": "text/plain"}
        del told["canonical"]
        answer = web.client.put(uri, json=told, headers={"If-Match": made.headers["ETag"]})
        now = answer.get_json(force=True)
        assert answer.status_code == 200
        assert answer.headers["ETag"] != made.headers["ETag"]
        assert now["body"]["value"] == "Better"
        assert (now["created"], now["creator"]) == (told["created"], told["creator"])
        assert now["canonical"] == "urn:uuid:7" and now["modified"]
        assert web.client.get(uri).data == answer.data
        again = web.client.put(uri, json=now, headers={"If-Match": answer.headers["ETag"]})
        assert again.status_code == 200

    def test_a_change_says_which_state_it_changes(self, web: WebRoom, source: str) -> None:
        made = post(web, source, note(canvas(web, source).id))
        told, uri, tag = made.get_json(force=True), made.headers["Location"], made.headers["ETag"]
        for change in (web.client.put, web.client.delete):
            body = {"json": told} if change == web.client.put else {}
            assert problem(change(uri, **body))["status"] == 428
            for stale in ('"0123456789abcdef-1"', 'W/"x"', "W/" + tag, "nonsense"):
                assert problem(change(uri, headers={"If-Match": stale}, **body))["status"] == 412
        assert web.client.get(uri).headers["ETag"] == tag
        turtle = web.client.get(uri, headers={"Accept": "text/turtle"}).headers["ETag"]
        assert turtle != tag
        assert web.client.put(uri, json=told, headers={"If-Match": f'"other", {turtle}'}).status_code == 200
        assert web.client.put(uri, json=told, headers={"If-Match": "*"}).status_code == 200

    def test_of_writers_who_saw_the_same_state_one_wins(self, web: WebRoom, source: str) -> None:
        made = post(web, source, note(canvas(web, source).id))
        uri, tag = made.headers["Location"], made.headers["ETag"]

        def write(n: int) -> int:
            told = note(canvas(web, source).id, body={"type": "TextualBody", "value": f"{n}"})
            return web.app.test_client().put(uri, json=told, headers={"If-Match": tag}).status_code

        with ThreadPoolExecutor(8) as threads:
            assert sorted(threads.map(write, range(8))) == [200] + [412] * 7

    def test_a_deleted_one_is_gone_for_good(self, web: WebRoom, source: str) -> None:
        made = post(web, source, note(canvas(web, source).id), Slug="short-lived")
        uri = made.headers["Location"]
        answer = web.client.delete(uri, headers={"If-Match": made.headers["ETag"]})
        assert (answer.status_code, answer.data) == (204, b"")
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            body = {"json": note(canvas(web, source).id)} if method == "PUT" else {}
            assert web.client.open(uri, method=method, headers={"If-Match": "*"}, **body).status_code == 410
        assert post(web, source, note(canvas(web, source).id), Slug="short-lived").headers["Location"] != uri
        assert uri not in web.client.get(f"/annotations/{source}/?iris=1").text

    def test_what_nobody_may_change_stays(self, web: WebRoom, source: str) -> None:
        made = post(web, source, note(canvas(web, source).id, canonical="urn:a:1", id="http://x.example/1"))
        told, uri = made.get_json(force=True), made.headers["Location"]
        for change in (
            {"canonical": "urn:b:1"},
            {"via": "http://y.example/"},
            {"created": "2001-01-01T00:00:00Z"},
            {"id": "http://x.example/2"},
        ):
            answer = web.client.put(uri, json=told | change, headers={"If-Match": made.headers["ETag"]})
            assert problem(answer)["status"] == 409

    def test_one_that_never_was(self, web: WebRoom, source: str) -> None:
        for method in ("GET", "PUT", "DELETE"):
            body = {"json": note(canvas(web, source).id)} if method == "PUT" else {}
            answer = web.client.open(f"/annotations/{source}/nothing", method=method, headers={"If-Match": "*"}, **body)
            assert problem(answer)["status"] == 404
        assert web.client.patch(f"/annotations/{source}/nothing").status_code == 405


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("change", "path", "says"),
        [
            ({"target": "https://elsewhere.example/canvas"}, "$.target[0]", "is not a canvas of this source"),
            ({"target": []}, "$.target", "no target"),
            ({"motivation": "fooing"}, "$", "fooing"),
            ({"created": "yesterday"}, "$.created", "date"),
            ({"body": "javascript:alert(1)"}, "$", "no IRI"),
            ({"body": {"type": "TextualBody", "value": ["a", "b"]}}, "$.body", "one value"),
            ({"type": "Manifest"}, "$.type", "no Annotation"),
            ({"bodyValue": "x"}, "$.bodyValue", "both"),
        ],
    )
    def test_an_annotation_that_cannot_be_published(
        self, web: WebRoom, source: str, change: dict[str, Any], path: str, says: str
    ) -> None:
        told = problem(post(web, source, note(canvas(web, source).id) | change))
        assert (told["status"], told["slug"], told["path"]) == (400, "unusable-annotation", path)
        assert says in told["detail"]

    def test_other_things(self, web: WebRoom, source: str) -> None:
        good = note(canvas(web, source).id)
        assert problem(post(web, source, b"{"))["status"] == 400
        assert problem(post(web, source, b""))["status"] == 400
        unknown = problem(post(web, source, good | {"@context": "https://example.org/context"}))
        assert (unknown["status"], unknown["slug"]) == (400, "unknown-context")
        assert "https://example.org/context" in unknown["detail"]
        assert problem(post(web, source, good, **{"Content-Type": "text/turtle"}))["status"] == 415
        assert problem(post(web, source, good | {"body": "x" * 300_000}))["status"] == 413
        answer = post(web, source, good, Accept="image/png")
        assert answer.status_code == 201  # what was asked is done; its form is the default
        for path in ("", "x"):
            refused = web.client.get(f"/annotations/{source}/{path}", headers={"Accept": "image/png"})
            assert problem(refused)["status"] == 406

    def test_a_region_outside_its_canvas_is_refused_and_one_over_its_edge_cut(self, web: WebRoom, source: str) -> None:
        found = canvas(web, source)
        beyond = note(f"{found.id}#xywh={found.width},0,5,5")
        assert "outside the canvas" in problem(post(web, source, beyond))["detail"]
        over = post(web, source, note(f"{found.id}#xywh=pixel:1.4,2.6,{found.width * 2},3")).get_json(force=True)
        assert over["target"] == f"{found.id}#xywh=1,3,{found.width - 1},3"

    def test_only_who_may_write(self, web: WebRoom, source: str) -> None:
        path, body = f"/annotations/{source}/", orjson.dumps(note(canvas(web, source).id))
        sent: dict[str, Any] = {"data": body, "content_type": "application/ld+json"}
        stranger = web.client.post(path, environ_base=STRANGER, **sent)
        assert problem(stranger)["status"] == 401 and "WWW-Authenticate" in stranger.headers
        foreign = {"Origin": "https://editor.example"}
        assert problem(web.client.post(path, headers=foreign, **sent))["status"] == 403
        wrong = foreign | {"Authorization": "Bearer glossator_wrong"}
        assert problem(web.client.post(path, headers=wrong, **sent))["status"] == 401
        right = foreign | {"Authorization": f"Bearer {web.token('Ada')}"}
        made = web.client.post(path, headers=right, environ_base=STRANGER, **sent)
        assert made.status_code == 201
        assert made.headers["Access-Control-Allow-Origin"] == "*"
        assert "Location" in made.headers["Access-Control-Expose-Headers"]
        assert made.get_json(force=True)["creator"]["name"] == "Ada"

    def test_a_cookie_counts_for_nobody_on_another_site(self, web: WebRoom, source: str) -> None:
        visitor = web.app.test_client()
        secret = web.token("Grace")
        logged = visitor.post("/admin/login", data={"token": secret}, environ_base=STRANGER)
        assert logged.status_code in (302, 303)
        path, body = f"/annotations/{source}/", orjson.dumps(note(canvas(web, source).id))
        sent: dict[str, Any] = {"data": body, "content_type": "application/ld+json", "environ_base": STRANGER}
        assert visitor.post(path, **sent).status_code == 201
        assert visitor.post(path, headers={"Origin": "https://evil.example"}, **sent).status_code == 403
        assert visitor.post(path, headers={"Sec-Fetch-Site": "cross-site"}, **sent).status_code == 403

    def test_writers_elsewhere_may_ask_first(self, web: WebRoom, source: str) -> None:
        ask = {"Origin": "https://editor.example", "Access-Control-Request-Method": "PUT"}
        for path in ("", "x"):
            answer = web.client.options(f"/annotations/{source}/{path}", headers=ask)
            assert answer.status_code == 200
            methods = answer.headers["Access-Control-Allow-Methods"].split(", ")
            assert {"POST", "PUT", "DELETE"} <= set(methods)
            assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
            assert "Access-Control-Allow-Credentials" not in answer.headers
        manifest = web.client.options(f"/iiif/3/{source}/manifest", headers=ask)
        assert "PUT" not in manifest.headers["Access-Control-Allow-Methods"]


class TestContainer:
    def get(self, web: WebRoom, source: str, query: str = "", **headers: str) -> Any:
        return web.client.get(f"/annotations/{source}/{query}", headers=headers)

    def test_its_headers_stand_on_all_answers(self, web: WebRoom, source: str) -> None:
        path = f"/annotations/{source}/"
        answers = [web.client.open(path, method=method) for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE")]
        answers += [web.client.get(path + "?page=99"), web.client.get("/annotations/aaaaaaaaaaaa/")]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 415, 405, 404, 404]
        for answer in answers:
            links = answer.headers.getlist("Link")
            assert '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type"' in links
            assert '<http://www.w3.org/TR/annotation-protocol/>; rel="http://www.w3.org/ns/ldp#constrainedBy"' in links
            assert "application/ld+json" in answer.headers["Accept-Post"]
            assert "POST" in answer.headers["Allow"] or "page" in answer.request.url

    def test_without_its_slash_it_is_elsewhere(self, web: WebRoom, source: str) -> None:
        answer = web.client.get(f"/annotations/{source}")
        assert (answer.status_code, answer.headers["Location"]) == (308, f"http://localhost/annotations/{source}/")

    def test_an_empty_one(self, web: WebRoom) -> None:
        empty = web.register(web.publisher.manifest() + "?empty")
        answer = self.get(web, empty)
        told = answer.get_json(force=True)
        assert told["type"] == ["BasicContainer", "AnnotationCollection"]
        assert told["total"] == 0 and not {"first", "last", "modified"} & told.keys()
        assert answer.headers["Content-Location"] == told["id"] == f"http://localhost/annotations/{empty}/?iris=0"

    def test_its_forms(self, web: WebRoom, source: str) -> None:
        made = post(web, source, note(canvas(web, source).id)).get_json(force=True)
        base = f"http://localhost/annotations/{source}/"
        for include, query in (
            (MINIMAL, ""),
            (IRIS, "?iris=1"),
            (DESCRIPTIONS, "?iris=0"),
            (f"{IRIS} {DESCRIPTIONS}", "?iris=0"),
        ):
            answer = self.get(web, source, Prefer=f'return=representation; include="{include}"')
            told = answer.get_json(force=True)
            assert answer.headers["Content-Location"] == told["id"] == base + query
            assert answer.headers["Preference-Applied"] == "return=representation"
            assert "Prefer" in ",".join(answer.headers.getlist("Vary"))
            assert "Accept" in ",".join(answer.headers.getlist("Vary"))
            assert told["@context"] == [ANNO, "http://www.w3.org/ns/ldp.jsonld"]
            assert "contains" not in told and "items" not in told
            if include == MINIMAL:
                assert told["first"] == told["last"] == f"{base}?iris=0&page=0"
            elif include == IRIS:
                assert made["id"] in told["first"]["items"]
            else:
                assert made in told["first"]["items"]
            if query:
                assert self.get(web, source, query).data == answer.data
        asked_nothing = self.get(web, source)
        assert asked_nothing.data == answer.data, "whole annotations are the default (4.2)"
        assert "Preference-Applied" not in asked_nothing.headers

    def test_its_pages_hold_everything_once(self, web: WebRoom, source: str) -> None:
        target = canvas(web, source).id
        for n in range(PAGE_SIZE + 5):
            assert post(web, source, note(target, body={"type": "TextualBody", "value": f"{n}"})).status_code == 201
        told = self.get(web, source, "?iris=0").get_json(force=True)
        uri, seen, previous = told["first"]["id"], [], None
        while uri:
            page = web.client.get(uri).get_json(force=True)
            assert (page["id"], page["type"], page["startIndex"]) == (uri, "AnnotationPage", len(seen))
            assert page["partOf"]["total"] == told["total"] and page.get("prev") == previous
            assert all("@context" in item for item in page["items"])
            seen += [item["id"] for item in page["items"]]
            previous, uri = uri, page.get("next")
        assert previous == told["last"]
        assert len(seen) == len(set(seen)) == told["total"] >= PAGE_SIZE + 5
        assert web.client.post(told["last"], json={}).status_code == 405
        for query, status in (("?page=x", 400), ("?iris=2", 400), ("?page=77", 404), ("?canvas=nowhere", 404)):
            assert problem(self.get(web, source, query))["status"] == status

    def test_one_canvas_of_it(self, web: WebRoom, source: str) -> None:
        one, two = canvas(web, source, 0), canvas(web, source, 1)
        made = post(web, source, note(two.id)).headers["Location"]
        for name in (two.key, two.id):
            told = web.client.get(f"/annotations/{source}/", query_string={"canvas": name, "iris": "1"}).get_json(
                force=True
            )
            assert made in told["first"]["items"]
            assert f"canvas={two.key}" in told["id"]
            assert web.client.get(told["first"]["id"]).get_json(force=True)["items"] == told["first"]["items"]
        assert made not in self.get(web, source, f"?canvas={one.key}&iris=1").text

    def test_its_tag_changes_with_every_write(self, web: WebRoom, source: str) -> None:
        tags = [self.get(web, source, "?iris=0").headers["ETag"]]
        made = post(web, source, note(canvas(web, source).id))
        tags.append(self.get(web, source, "?iris=0").headers["ETag"])
        assert self.get(web, source, "?iris=0", **{"If-None-Match": tags[-1]}).status_code == 304
        changed = note(canvas(web, source).id, body={"type": "TextualBody", "value": "other"})
        web.client.put(made.headers["Location"], json=changed, headers={"If-Match": "*"})
        tags.append(self.get(web, source, "?iris=0").headers["ETag"])
        web.client.delete(made.headers["Location"], headers={"If-Match": "*"})
        assert len(set(tags)) == 3

    def test_the_manifest_names_it(self, web: WebRoom, source: str) -> None:
        link = web.client.get(f"/iiif/3/{source}/manifest").headers["Link"]
        assert link == f'<http://localhost/annotations/{source}/>; rel="http://www.w3.org/ns/oa#annotationService"'


class TestMachines:
    def test_what_a_model_found_is_a_member_that_stays(self, web: WebRoom, source: str) -> None:
        found = web.client.get(web.page(source)).get_json(force=True)["items"][0]
        listed = web.client.get(f"/annotations/{source}/?iris=0&page=0").get_json(force=True)["items"]
        assert found["id"] in [item["id"] for item in listed]
        alone = web.client.get(found["id"])
        assert alone.get_json(force=True) in listed
        assert alone.headers["Allow"] == "GET, HEAD, OPTIONS"
        for method in ("PUT", "DELETE", "PATCH"):
            told = problem(web.client.open(found["id"], method=method, json=found, headers={"If-Match": "*"}))
            assert told["status"] == 405 and "assessing" in told["detail"]

    def test_a_verdict_on_it_is_kept_and_found_by_its_canvas(self, web: WebRoom, source: str) -> None:
        page = web.page(source)
        found = web.client.get(page).get_json(force=True)["items"][0]["id"]
        context = [ANNO, "http://localhost/ns/glossator/1/context.json"]
        verdict = {"@context": context, "type": "Annotation", "motivation": "assessing", "target": found}
        verdict["body"] = {"type": "TextualBody", "value": "rejected", "format": "text/plain"}
        made = post(web, source, verdict)
        assert made.status_code == 201, made.text
        assert made.get_json(force=True)["target"] == found
        assert made.get_json(force=True)["motivation"] == ["assessing"]
        about = web.client.get(f"/annotations/{source}/?iris=1&canvas={canvas(web, source).key}").text
        assert made.headers["Location"] in about
        missing = found.rpartition("-")[0] + "-999"
        assert problem(post(web, source, verdict | {"target": missing}))["status"] == 400


class TestCuratedLayer:
    def pages(self, web: WebRoom, source: str, n: int) -> list[str]:
        found = web.client.get(f"/iiif/3/{source}/manifest").get_json(force=True)["items"][n].get("annotations", [])
        return [page["id"] for page in found]

    def test_the_manifest_lists_it_first_where_somebody_wrote(self, web: WebRoom, source: str) -> None:
        one = canvas(web, source)
        page = f"http://localhost/iiif/3/{source}/{one.key}/curated"
        assert page not in self.pages(web, source, 0)
        made = post(web, source, note(f"{one.id}#xywh=1,2,3,4"))
        assert self.pages(web, source, 0)[0] == page
        assert page not in self.pages(web, source, 1)
        told = web.client.get(page).get_json(force=True)
        assert [item["id"] for item in told["items"]] == [made.headers["Location"]]
        assert told["items"][0]["target"] == f"{one.id}#xywh=1,2,3,4"
        manifest2 = web.client.get(f"/iiif/2/{source}/manifest").get_json(force=True)
        listed = manifest2["sequences"][0]["canvases"][0]["otherContent"][0]["@id"]
        assert listed == page.replace("/3/", "/2/")
        list2 = web.client.get(listed).get_json(force=True)
        assert list2["resources"][0]["on"] == f"{one.id}#xywh=1,2,3,4"
        assert list2["resources"][0]["resource"]["chars"] == "A fine initial"
        for version in ("3", "2"):
            layer = web.client.get(f"/iiif/{version}/{source}/layers/curated").get_json(force=True)
            assert layer["total"] == 1
        web.client.delete(made.headers["Location"], headers={"If-Match": "*"})
        assert page not in self.pages(web, source, 0)
        assert web.client.get(page).get_json(force=True)["items"] == []

    def test_a_write_by_another_process_shows_at_once(self, web: WebRoom, source: str) -> None:
        one = canvas(web, source)
        page = f"/iiif/3/{source}/{one.key}/curated"
        assert web.client.get(page).get_json(force=True)["items"] == []
        assert web.client.get(page).get_json(force=True)["items"] == []  # warm now
        other = open_store(web.room.settings.store_url)
        made = post(web, source, note(one.id)).headers["Location"].rpartition("/")[2]
        assert len(web.client.get(page).get_json(force=True)["items"]) == 1
        other.annotations.delete(source, made, "2026-01-01T00:00:00Z", None)
        assert web.client.get(page).get_json(force=True)["items"] == []

    def test_a_verdict_is_on_no_canvas(self, web: WebRoom, source: str) -> None:
        post(web, source, note(f"http://localhost/iiif/3/{source}/manifest"))
        assert not any("curated" in page for n in range(2) for page in self.pages(web, source, n))

    def test_it_is_in_the_download(self, web: WebRoom, source: str) -> None:
        made = post(web, source, note(canvas(web, source).id)).headers["Location"]
        assert made in web.client.get(f"/api/sources/{source}/annotations").text


def test_our_urls_are_stored_without_their_base(web: WebRoom, source: str) -> None:
    text = {"type": "TextualBody", "value": "local: honey", "format": "text/plain"}
    made = post(web, source, note(f"http://localhost/iiif/3/{source}/manifest", body=text))
    kept = web.room.store.annotations.get(source, made.headers["Location"].rpartition("/")[2])
    assert kept and "localhost" not in str(kept.document)
    told = made.get_json(force=True)
    assert (told["target"], told["body"]["value"]) == (f"http://localhost/iiif/3/{source}/manifest", "local: honey")
    elsewhere = web.client.get(made.headers["Location"].replace("localhost", "127.0.0.1"), base_url="http://127.0.0.1")
    assert elsewhere.get_json(force=True)["target"] == f"http://127.0.0.1/iiif/3/{source}/manifest"


def test_where_the_protocol_alone_rules_targets_and_states_are_free(tmp_path: Path) -> None:
    with web_room(tmp_path, writes="protocol") as web:
        source = web.register()
        made = post(web, source, note("http://www.example.com/index.html"))
        assert made.status_code == 201
        told = made.get_json(force=True) | {"target": "http://other.example/"}
        assert web.client.put(told["id"], json=told).get_json(force=True)["target"] == "http://other.example/"
        assert web.client.put(told["id"], json=told, headers={"If-Match": made.headers["ETag"]}).status_code == 412
        assert web.client.delete(told["id"]).status_code == 204
