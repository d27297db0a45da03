"""Every error of the table, provoked for real: what a client is told, and that it is never an empty page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from iiif_store.source import Source, source_id
from server.errors import TABLE
from server.layers import layer_of
from server.sources import now
from tests.engines import HARMLESS, until
from tests.probe.glossator_probe import RED
from tests.web import STRANGER, WebRoom, problem, web_room

ROOT = Path(__file__).parents[2]

TOLD: set[str] = set()
"""Slugs that were provoked by the tests of this module."""


def told(answer: object) -> dict[str, object]:
    found = problem(answer)  # type: ignore[arg-type]
    TOLD.add(found["slug"])
    return found


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRoom]:
    with web_room(tmp_path_factory.mktemp("errors"), (RED, *HARMLESS[:6]), attempts=1) as room:
        yield room


def register(web: WebRoom, url: str) -> object:
    return web.client.post("/api/sources", json={"url": url})


@pytest.mark.parametrize(
    ("url", "status", "slug"),
    [
        ("http://169.254.169.254/latest/meta-data/", 403, "fetch-refused"),
        ("http://10.0.0.1/manifest", 403, "fetch-refused"),
        ("ftp://example.org/manifest", 403, "fetch-refused"),
        ("file:///etc/passwd", 403, "fetch-refused"),
        ("{base}/loop/iiif/3/book/manifest", 403, "fetch-refused"),
        ("{base}/to-metadata/iiif/3/book/manifest", 403, "fetch-refused"),
        ("{base}/404/iiif/3/book/manifest", 502, "publisher-failed"),
        ("{base}/truncated/iiif/3/book/manifest", 502, "publisher-failed"),
        ("{base}/hang-up/iiif/3/book/manifest", 502, "publisher-failed"),
        ("{base}/bomb/iiif/3/book/manifest", 502, "publisher-failed"),
        ("{base}/401/iiif/3/book/manifest", 401, "restricted"),
        ("{base}/403/iiif/3/book/manifest", 403, "restricted"),
        ("{base}/invalid-json/iiif/3/book/manifest", 422, "not-iiif"),
        ("{base}/wrong-type/iiif/3/book/manifest", 422, "not-iiif"),
        ("{base}/image/3/page001/info.json", 422, "not-iiif"),
        ("local:nothing", 404, "not-found"),
    ],
)
def test_what_cannot_be_registered(web: WebRoom, url: str, status: int, slug: str) -> None:
    found = told(register(web, url.format(base=web.publisher.base)))
    assert (found["status"], found["slug"]) == (status, slug)


def test_not_iiif_names_the_json_path(web: WebRoom) -> None:
    found = told(register(web, f"{web.publisher.base}/image/3/page001/info.json"))
    assert str(found["path"]).startswith("$") and found["url"]


def test_a_failing_publisher_is_named_with_its_status(web: WebRoom) -> None:
    found = told(register(web, f"{web.publisher.base}/404/iiif/3/book/manifest"))
    assert found["upstream_status"] == 404 and web.publisher.base in str(found["url"])


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("/iiif/3/aaaaaaaaaaaa/manifest", "not-found"),
        ("/iiif/3/aaaaaaaaaaaa/collection", "not-found"),
        ("/iiif/3/aaaaaaaaaaaa/bbbbbbbbbbbb/probe", "not-found"),
        ("/annotations/aaaaaaaaaaaa/bbbbbbbbbbbb-0123456789abcdef-0", "not-found"),
        ("/runs/" + "0" * 64, "not-found"),
        ("/models/probe/9.9", "not-found"),
        ("/models/nothing/1", "not-found"),
        ("/iiif/image/3/nothing/info.json", "not-found"),
        ("/api/jobs/nothing", "not-found"),
        ("/iiif/3/nowhere", "not-found"),
    ],
)
def test_nothing_there(web: WebRoom, path: str, slug: str) -> None:
    found = told(web.client.get(path))
    assert (found["status"], found["slug"]) == (404, slug)


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [("full/0,0/0/default.jpg", 400, "bad-image-request"), ("full/max/0/default.pdf", 501, "not-offered")],
)
def test_a_picture_that_cannot_be_or_is_not_made(web: WebRoom, path: str, status: int, slug: str) -> None:
    found = told(web.client.get(f"/iiif/image/3/faictz-04/{path}"))
    assert (found["status"], found["slug"]) == (status, slug)


def test_a_canvas_layer_or_number_that_the_source_has_not(web: WebRoom) -> None:
    name = web.register()
    page = web.page(name, 1)
    assert web.client.get(page).status_code == 200
    for path in (page.replace("/probe", "/other"), page.replace(page.split("/")[-2], "b" * 12)):
        assert told(web.client.get(path))["slug"] == "not-found"
    annotation = web.client.get(page).get_json(force=True)["items"][0]["id"]
    assert told(web.client.get(annotation[:-1] + "99"))["slug"] == "not-found"
    assert told(web.client.get(f"/iiif/3/{name}/collection"))["slug"] == "not-found"


def test_a_manifest_of_sound_has_no_pages(web: WebRoom, tmp_path: Path) -> None:
    canvas = {"id": "https://example.org/c", "type": "Canvas", "duration": 5, "items": []}
    document = {"@context": "http://iiif.io/api/presentation/3/context.json", "id": "https://example.org/m"}
    document |= {"type": "Manifest", "label": {"en": ["Sound"]}, "items": [canvas]}  # type: ignore[dict-item]
    name = _registered_document(web, document)
    key = web.services.sources.manifest(web.services.sources.open(name)).canvases[0].key
    assert told(web.client.get(f"/iiif/3/{name}/{key}/probe"))["slug"] == "no-picture"


def test_a_model_that_fails_is_an_error_with_its_row(web: WebRoom) -> None:
    found = told(web.client.get(web.page(web.register(), 0)))
    assert (found["status"], found["slug"], found["count"]) == (500, "backend-failed", 1)
    assert found["backend"] == "probe" and "red" in str(found["detail"])


@pytest.mark.parametrize(
    ("fault", "status", "slug"), [("login", 403, "picture-refused"), ("404", 502, "publisher-failed")]
)
def test_a_picture_that_cannot_be_had_is_the_publishers_affair(
    web: WebRoom, fault: str, status: int, slug: str
) -> None:
    name = web.register(web.publisher.manifest(2, images=fault))
    found = told(web.client.get(web.page(name, 1)))
    assert (found["status"], found["slug"]) == (status, slug)
    assert web.publisher.base in str(found["detail"])


def test_a_page_that_takes_longer_than_the_deadline(web: WebRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    page = web.page(web.register(), 2)
    assert web.client.get(web.page(web.register(), 1)).status_code == 200, "an engine runs"
    monkeypatch.setattr(web.services.pages, "_deadline", 0.3)
    web.room.hold()
    answer = web.client.get(page)
    assert told(answer)["slug"] == "still-computing"
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    web.room.go_on()
    until(lambda: web.client.get(page).status_code == 200, "the work goes on")


def test_policies(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(2))
    page, change = web.page(name, 1), web.services.sources.change
    expected = {"token": ("token-needed", 401), "batch": ("not-computed", 404), "off": ("not-computed", 404)}
    for policy, (slug, status) in expected.items():
        change(web.services.sources.open(name), policy=policy)  # type: ignore[arg-type]
        found = told(web.client.get(page, environ_base=STRANGER))
        assert (found["slug"], found["status"]) == (slug, status)
        manifest = web.client.get(f"/iiif/3/{name}/manifest", environ_base=STRANGER).get_json(force=True)
        assert not any(canvas.get("annotations") for canvas in manifest["items"]), policy
    answer = web.client.post("/api/jobs", json={"sources": [name], "backends": ["probe"]})
    assert (told(answer)["slug"], answer.status_code) == ("policy-forbids", 403)
    change(web.services.sources.open(name), policy="token")
    listed = web.client.get(f"/iiif/3/{name}/manifest").get_json(force=True)
    assert all(canvas["annotations"] for canvas in listed["items"]), "the local user may have them computed"
    assert web.client.get(page).status_code == 200
    assert web.client.get(page, environ_base=STRANGER).status_code == 200, "what is computed is for everybody"


def test_a_deleted_source_is_gone(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(3))
    page = web.page(name)
    assert web.client.delete(f"/api/sources/{name}").status_code == 204
    for path in (f"/iiif/3/{name}/manifest", f"/iiif/2/{name}/manifest", page, f"/api/sources/{name}", f"/iiif/{name}"):
        assert told(web.client.get(path))["slug"] == "gone"
    assert web.register(web.publisher.manifest(3)) == name, "adding again lifts it"
    assert web.client.get(f"/iiif/3/{name}/manifest").status_code == 200


def test_an_upload_without_a_picture(web: WebRoom) -> None:
    sent = {"files": [(io.BytesIO(b"hello"), "notes.txt")]}
    assert told(web.client.post("/api/sources", data=sent))["slug"] == "not-scans"


def test_writing_without_the_right(web: WebRoom) -> None:
    answer = web.client.post("/api/sources", json={"url": "local:sample"}, environ_base=STRANGER)
    assert told(answer)["slug"] == "token-needed"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    answer = web.client.post("/api/sources", json={"url": "local:sample"}, headers={"Origin": "https://evil.example"})
    assert (told(answer)["slug"], answer.status_code) == ("origin-refused", 403)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "$.url"),
        ({"url": 5}, "$.url"),
        ({"url": "local:sample", "backends": []}, "$.backends"),
        ({"url": "local:sample", "backends": ["a b"]}, "$.backends[0]"),
        ({"url": "local:sample", "policy": "maybe"}, "$.policy"),
        ({"url": "local:sample", "colour": "red"}, "$.colour"),
        ([], "$"),
    ],
)
def test_a_body_that_cannot_be_understood_names_the_place(web: WebRoom, body: object, path: str) -> None:
    found = told(web.client.post("/api/sources", json=body))
    assert (found["slug"], found["errors"][0]["path"]) == ("bad-input", path)  # type: ignore[index]


def test_an_unknown_backend_and_one_that_lacks_what_it_needs(web: WebRoom) -> None:
    found = told(web.client.post("/api/sources", json={"url": "local:sample", "backends": ["nothing"]}))
    assert found["slug"] == "bad-input" and "nothing" in str(found["detail"])


def test_other_errors_of_the_protocol(web: WebRoom) -> None:
    name = web.register()
    assert told(web.client.post("/api/sources", data="url=x"))["status"] == 415
    assert told(web.client.put(f"/api/sources/{name}"))["status"] == 405
    assert "GET" in web.client.put(f"/iiif/3/{name}/manifest").headers["Allow"]
    assert (
        told(web.client.post("/api/sources", data=b"x" * (2**20 + 1), content_type="application/json"))["status"] == 413
    )
    assert told(web.client.get("/iiif/3/collection", headers={"Host": "a b"}))["status"] == 400


def test_a_browser_gets_a_page_on_the_doors_for_people(web: WebRoom) -> None:
    for path in ("/view/aaaaaaaaaaaa", "/nothing", "/admin/sources/aaaaaaaaaaaa"):
        answer = web.client.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.mimetype) == (404, "text/html"), path
        assert "Glossator" in answer.text and answer.headers["Cache-Control"] == "no-store"
    assert told(web.client.get("/view/aaaaaaaaaaaa", headers={"Accept": "application/json"}))["slug"] == "not-found"
    assert (
        web.client.get("/iiif/3/aaaaaaaaaaaa/manifest", headers={"Accept": "text/html"}).mimetype
        == "application/problem+json"
    )


def test_an_unexpected_error_tells_nothing(web: WebRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret")

    name = web.register(web.publisher.manifest(4))
    monkeypatch.setattr(web.services.pages, "manifest", burst)
    answer = web.client.get(f"/iiif/3/{name}/manifest")
    assert told(answer)["slug"] == "internal" and "secret" not in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


class TestNarrow:
    """Limits that are reached at once."""

    @pytest.fixture
    def narrow(self, tmp_path: Path) -> Iterator[WebRoom]:
        with web_room(tmp_path, threads=2, rate_limit="3/hour") as room:
            yield room

    def test_threads_that_may_wait_and_cold_pages_of_a_client(self, narrow: WebRoom) -> None:
        name = narrow.register()
        assert narrow.client.get(narrow.page(name, 0)).status_code == 200
        narrow.room.hold()
        with ThreadPoolExecutor(1) as waiting:
            first = waiting.submit(narrow.app.test_client().get, narrow.page(name, 1))
            until(lambda: len(narrow.room.calls()) == 2)
            busy = narrow.client.get(narrow.page(name, 2))
            assert (told(busy)["slug"], busy.status_code) == ("busy", 503)
            assert int(busy.headers["Retry-After"]) > 0
            assert narrow.client.get(narrow.page(name, 0)).status_code == 200, "warm pages do not queue"
            assert narrow.client.get("/healthz").status_code == 200
            narrow.room.go_on()
            assert first.result().status_code == 200
        over = narrow.client.get(narrow.page(name, 3))
        assert (told(over)["slug"], over.status_code) == ("too-many-requests", 429)
        assert int(over.headers["Retry-After"]) > 0
        assert narrow.client.get(narrow.page(name, 1)).status_code == 200


class TestBroken:
    """What is missing on this machine."""

    def test_no_engine(self, tmp_path: Path) -> None:
        with web_room(tmp_path, scheduler="tls://127.0.0.1:9", deadline=2.0) as web:
            answer = web.client.get(web.page(web.register()))
            assert (told(answer)["slug"], answer.status_code) == ("engine-unavailable", 503)
            assert int(answer.headers["Retry-After"]) > 0

    def test_a_store_of_a_newer_version(self, tmp_path: Path) -> None:
        with web_room(tmp_path) as web:
            version = web.room.settings.data / "VERSION"
            before = version.read_text()
            version.write_text("999\n")
            answer = web.client.get("/readyz")
            assert (told(answer)["slug"], answer.status_code) == ("store-unavailable", 503)
            assert "999" not in answer.text and str(tmp_path) not in answer.text
            assert "999" in web.client.get("/admin/storage").text, "what it is, is for the operator"
            assert web.client.get("/healthz").status_code == 200
            version.write_text(before)
            assert web.client.get("/readyz").status_code == 200

    def test_backends_that_cannot_be_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(ROOT / "tests" / "data" / "plugin")
        with web_room(tmp_path) as web:
            name = web.register()
            layers = tuple(layer_of(backend) for backend in ("gone", "needy", "probe"))
            web.services.sources.change(web.services.sources.open(name), layers=lambda now: layers)
            for backend, slug in (("gone", "unknown-backend"), ("needy", "backend-unavailable")):
                found = told(web.client.get(web.page(name).replace("/probe", f"/{backend}")))
                assert (found["slug"], found["status"]) == (slug, 501)
            assert "pip install" in str(found["detail"]) and "nobody-has" in str(found["detail"])
            sent = {"url": "local:sample", "backends": ["needy"]}
            assert told(web.client.post("/api/sources", json=sent))["slug"] == "backend-unavailable"
            looks = (f"/admin/sources/{name}", "/admin/", "/admin/backends", "/api/backends", f"/view/{name}/status")
            for path in looks:
                assert web.client.get(path).status_code == 200, path
            manifest = web.client.get(f"/iiif/3/{name}/manifest").get_json(force=True)
            assert len(manifest["items"][0]["annotations"]) == 1, "left out of the manifest"


def test_links_and_questions_that_cannot_be_read(web: WebRoom) -> None:
    name = web.register()
    for path, slug in (
        ("/open?iiif-content=e30", "bad-content-state"),
        (f"/iiif/search/2/{name}?q=" + "x " * 5000, "bad-question"),
    ):
        found = told(web.client.get(path, headers={"Accept": "application/json"}))
        assert (found["status"], found["slug"]) == (400, slug)


def test_formats_that_there_are_not_and_files_that_cannot_be_read(web: WebRoom) -> None:
    name = web.register()
    assert told(web.client.get(f"/api/sources/{name}/export/docx"))["slug"] == "unknown-format"
    sent = {"files": [(io.BytesIO(b"<alto><"), "page.xml")]}
    assert told(web.client.post(f"/api/sources/{name}/import", data=sent))["slug"] == "unreadable-file"


def test_annotations_that_are_not_taken(web: WebRoom) -> None:
    name = web.register()
    target = web.services.sources.manifest(web.services.sources.open(name)).canvases[0].id
    note = {"@context": "http://www.w3.org/ns/anno.jsonld", "type": "Annotation", "target": target, "id": "urn:x:1"}
    for change, slug in (
        ({"target": "urn:nothing"}, "unusable-annotation"),
        ({"@context": "https://example.org/none"}, "unknown-context"),
        ({"@context": {"id": 5}}, "bad-json-ld"),
    ):
        assert told(web.client.post(f"/annotations/{name}/", json=note | change))["slug"] == slug
    made = web.client.post(f"/annotations/{name}/", json=note).headers["Location"]
    stale = web.client.delete(made, headers={"If-Match": '"0"'})
    assert (told(stale)["slug"], stale.status_code) == ("superseded", 412)
    moved = web.client.put(made, json=note | {"canonical": "urn:y"}, headers={"If-Match": "*"})
    assert (told(moved)["slug"], moved.status_code) == ("server-owned", 409)


def _registered_document(web: WebRoom, document: dict[str, object]) -> str:
    """A source whose document no publisher of ours offers."""
    url = "https://example.org/m"
    digest = web.room.store.put_snapshot(orjson.dumps(document))
    web.room.store.put_source(Source(source_id(url), url, "manifest", "x", (layer_of("probe"),), now(), digest, now()))
    return source_id(url)


def test_the_whole_table_was_provoked() -> None:
    assert {kind.slug for kind in TABLE.values()} <= TOLD
