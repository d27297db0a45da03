"""Variants from a client's side: a book with derived images beside its originals, drawn when somebody looks."""

from __future__ import annotations

import csv
import io
import os
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest
from PIL import Image

from iiif_store.stores.images import drawn_image
from tests.engines import until
from tests.web import WebRoom, problem, web_room

TINT = Path(__file__).parents[1] / "backends"
GREY, COLOUR, WRONG = "#777777", "#cc2211", "#080808"
JSON = dict[str, Any]


@contextmanager
def tinting(folder: Path, *colours: str, **settings: Any) -> Iterator[WebRoom]:
    """A web room with the backend that draws, and pictures of these colours."""
    path = os.pathsep.join(filter(None, [str(TINT), os.environ.get("PYTHONPATH")]))
    environment = patch.dict(os.environ, {"PYTHONPATH": path, "TINT": str(folder)})
    room = web_room(folder, colours, **{"backends": ("tint", "probe"), **settings})
    with environment, patch.object(sys, "path", [str(TINT), *sys.path]), room as web:
        yield web


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRoom]:
    with tinting(tmp_path_factory.mktemp("variants"), GREY, COLOUR, WRONG, "#888888", "#999999") as room:
        yield room


@pytest.fixture(scope="module")
def source(web: WebRoom) -> str:
    return web.register()


def get(web: WebRoom, path: str) -> JSON:
    answer = web.client.get(path)
    assert answer.status_code == 200, (path, answer.text)
    return dict(answer.get_json(force=True))


def manifest(web: WebRoom, source: str, version: str = "3") -> JSON:
    return get(web, f"/iiif/{version}/{source}/variants/tinted/manifest")


def options(canvas: JSON) -> list[JSON]:
    """What the canvas of a variant offers to be seen."""
    body = canvas["items"][0]["items"][0]["body"]
    return list(body["items"]) if body["type"] == "Choice" else [body]


def service(canvas: JSON) -> str:
    return str(options(canvas)[1]["service"][0]["id"])


def test_the_manifest_offers_both_and_computes_nothing(tmp_path: Path) -> None:
    with tinting(tmp_path, GREY, COLOUR) as web:
        source = web.register()
        original, found = get(web, f"/iiif/3/{source}/manifest"), manifest(web, source)
        assert found["id"] == f"http://localhost/iiif/3/{source}/variants/tinted/manifest"
        assert "machine-made pictures" in next(iter(found["label"].values()))[0]
        assert any("no historical evidence" in text for text in found["requiredStatement"]["value"]["en"])
        for old, new in zip(original["items"], found["items"], strict=True):
            assert new["id"] != old["id"] and (new["width"], new["height"]) == (old["width"], old["height"])
            assert new["seeAlso"][-1]["id"] == old["id"]
            first, second = options(new)
            assert first | {"label": 0} == old["items"][0]["items"][0]["body"] | {"label": 0}
            assert second["label"]["en"] == ["Tinted by software (not historical evidence)"]
            assert (second["width"], second["height"]) == (48, 64)
            assert new["items"][0]["items"][0]["target"] == new["id"]
        canvas = found["items"][0]
        head = web.client.head(service(canvas) + "/info.json")
        assert (head.status_code, head.headers["Cache-Control"]) == (200, "no-store")
        missing = problem(web.client.get(f"/iiif/3/{source}/variants/tinted.zip"))
        assert missing["status"] == 404 and "job" in missing["detail"]
        assert not web.engine_was_started


def test_the_first_look_at_an_image_draws_it_once(web: WebRoom, source: str) -> None:
    canvas = manifest(web, source)["items"][0]
    info = get(web, service(canvas) + "/info.json")
    assert (info["id"], info["width"], info["height"]) == (service(canvas), 48, 64)
    picture = web.client.get(options(canvas)[1]["id"])
    assert picture.content_type == "image/jpeg"
    assert b"digitalsourcetype/algorithmicallyEnhanced" in picture.data
    with Image.open(io.BytesIO(picture.data)) as image:
        assert image.size == (48, 64)
        red, green, blue = image.convert("RGB").getpixel((24, 32))
        assert green - red > 50 and green - blue > 40
    revision = image_parts(service(canvas))[2]
    [stored] = web.services.store.images.ids(revision)
    record = web.services.store.images.get(stored)
    assert record and record.revision and record.revision.startswith(revision) and record.label == "tinted"
    run = get(web, f"/runs/{record.revision}")
    assert run["pictures"] == [{"id": f"{run['id']}#0", "type": "Image", "label": "tinted", "width": 48, "height": 64}]


def image_parts(uri: str) -> list[str]:
    return uri.rpartition("/")[2].split("-")


def test_the_page_tells_the_rest_and_never_the_picture(web: WebRoom, source: str) -> None:
    canvas = manifest(web, source)["items"][0]
    page = get(web, canvas["annotations"][0]["id"])
    assert page["id"].endswith("/tint") and [item["body"][1]["value"] for item in page["items"]] == ["a scan"]
    [annotation] = page["items"]
    assert annotation["target"] == canvas["id"]
    twin = get(web, annotation["id"])
    assert twin["target"] == canvas["id"]
    original = get(web, twin["canonical"])
    assert original["target"] == canvas["seeAlso"][-1]["id"]
    painting = annotation["id"].rpartition("-")[0] + "-0"
    assert problem(web.client.get(painting))["slug"] == "not-found"


def test_annotations_of_every_layer_are_on_the_new_canvases(web: WebRoom, source: str) -> None:
    canvas = manifest(web, source)["items"][0]
    page = get(web, next(one["id"] for one in canvas["annotations"] if one["id"].endswith("/probe")))
    assert [item["target"] for item in page["items"]] == [f"{canvas['id']}#xywh=0,0,48,64"]
    collection = get(web, page["partOf"][0]["id"])
    assert "/variants/tinted/" in collection["id"] and collection["first"]["id"] == page["id"]


def test_what_people_wrote_is_on_the_new_canvases(tmp_path: Path) -> None:
    with tinting(tmp_path, GREY) as web:
        source = web.register()
        canvas = manifest(web, source)["items"][0]
        target = f"{canvas['seeAlso'][-1]['id']}#xywh=1,2,3,4"
        note: JSON = {"type": "Annotation", "motivation": "commenting", "target": target}
        note["body"] = {"type": "TextualBody", "value": "A boat."}
        sent = {"@context": "http://www.w3.org/ns/anno.jsonld", **note}
        kind = 'application/ld+json;profile="http://www.w3.org/ns/anno.jsonld"'
        answer = web.client.post(f"/annotations/{source}/", json=sent, content_type=kind)
        assert answer.status_code == 201, answer.text
        first = manifest(web, source)["items"][0]["annotations"][0]["id"]
        page = get(web, first)
        assert page["id"] == first and first.endswith("/curated")
        [told] = page["items"]
        assert told["target"] == f"{canvas['id']}#xywh=1,2,3,4" and told["canonical"] == answer.headers["Location"]
        assert get(web, page["partOf"][0]["id"])["first"]["id"] == first
        second = manifest(web, source, "2")["sequences"][0]["canvases"][0]
        [told2] = get(web, second["otherContent"][0]["@id"])["resources"]
        assert told2["on"] == f"{second['@id']}#xywh=1,2,3,4"


def test_what_the_model_declines_keeps_just_the_original(web: WebRoom, source: str) -> None:
    canvas = manifest(web, source)["items"][1]
    told = problem(web.client.get(service(canvas) + "/info.json"))
    assert told["status"] == 404 and "in colour" in told["detail"]
    after = manifest(web, source)["items"][1]
    assert [one["type"] for one in options(after)] == ["Image"]
    page = get(web, after["annotations"][0]["id"])
    assert page["items"][0]["body"][1]["value"] == "in colour"


def test_a_picture_of_another_frame_fails_as_a_model_does(web: WebRoom, source: str) -> None:
    canvas = manifest(web, source)["items"][2]
    told = problem(web.client.get(service(canvas) + "/full/max/0/default.jpg"))
    assert (told["slug"], told["kind"]) == ("backend-failed", "backend")
    assert "same frame" in told["detail"]


def test_a_canvas_dereferences_in_both_versions(web: WebRoom, source: str) -> None:
    canvas = manifest(web, source)["items"][3]
    assert get(web, canvas["id"]) == {"@context": "http://iiif.io/api/presentation/3/context.json", **canvas}
    second = manifest(web, source, "2")["sequences"][0]["canvases"][3]
    found = get(web, second["@id"])
    assert found.pop("@context") == "http://iiif.io/api/presentation/2/context.json"
    assert found == second
    choice = second["images"][0]["resource"]
    assert choice["@type"] == "oa:Choice" and choice["default"]["label"]["@value"] == "Original"
    uri = choice["item"][0]["service"]["@id"]
    assert "/iiif/image/2/" in uri and get(web, f"{uri}/info.json")["@id"] == uri
    page = get(web, second["otherContent"][0]["@id"])
    assert page["resources"][0]["on"] == second["@id"]
    assert problem(web.client.get(f"/iiif/3/{source}/variants/tinted/canvas/aaaaaaaaaaaa"))["status"] == 404


def test_the_zip_has_what_is_computed(web: WebRoom, source: str) -> None:
    canvas = manifest(web, source)["items"][4]
    get(web, service(canvas) + "/info.json")
    answer = web.client.get(f"/iiif/3/{source}/variants/tinted.zip")
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        pictures = [name for name in archive.namelist() if name.endswith(".jpg")]
        rows = list(csv.DictReader(io.StringIO(archive.read("pictures.csv").decode())))
        data = archive.read(pictures[-1])
    assert [row["file"] for row in rows] == pictures and pictures[-1].startswith("0005-")
    assert rows[-1]["image"] == service(canvas) and rows[-1]["canvas"] == canvas["seeAlso"][-1]["id"]
    assert b"algorithmicallyEnhanced" in data
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (48, 64)
    assert manifest(web, source)["rendering"][-1]["id"].endswith("/variants/tinted.zip")


def test_the_enriched_manifest_leads_to_it(web: WebRoom, source: str) -> None:
    for version, key in (("3", "id"), ("2", "@id")):
        found = get(web, f"/iiif/{version}/{source}/manifest")["seeAlso"]
        link = (found if isinstance(found, list) else [found])[-1]
        assert link[key] == f"http://localhost/iiif/{version}/{source}/variants/tinted/manifest"
        assert web.client.get(link[key]).status_code == 200
    for path in (f"/view/{source}?variant=tinted", f"/admin/sources/{source}"):
        assert f"/iiif/3/{source}/variants/tinted/manifest" in web.client.get(path).text


def test_an_unknown_variant_or_image_is_not_found(web: WebRoom, source: str) -> None:
    name = web.page(source).split("/")[4]
    for path in (
        f"/iiif/3/{source}/variants/sepia/manifest",
        f"/iiif/3/{source}/variants/sepia.zip",
        f"/iiif/3/{source}/variants/sepia/canvas/{name}",
        f"/iiif/3/{source}/variants/sepia/{name}/tint",
        f"/iiif/image/3/{source}-{name}-{'0' * 16}-0/info.json",
        f"/iiif/image/3/{source}-aaaaaaaaaaaa-{'0' * 16}-0/info.json",
        f"/iiif/image/3/aaaaaaaaaaaa-{name}-{'0' * 16}-0/info.json",
    ):
        assert problem(web.client.get(path))["status"] == 404, path


@pytest.mark.parametrize(("policy", "status"), [("off", 404), ("token", 401), ("batch", 404)])
def test_only_who_may_have_pages_computed_may_have_pictures_drawn(tmp_path: Path, policy: str, status: int) -> None:
    with tinting(tmp_path, GREY) as web:
        source = web.register()
        image = service(manifest(web, source)["items"][0])
        web.register(policy=policy)
        stranger = {"REMOTE_ADDR": "203.0.113.5"}
        answer = web.client.get(image + "/info.json", environ_base=stranger)
        assert problem(answer)["status"] == status
        hidden = web.client.get(f"/iiif/3/{source}/variants/tinted/manifest", environ_base=stranger)
        assert [one["type"] for one in options(hidden.get_json(force=True)["items"][0])] == ["Image"]
        assert not web.engine_was_started


def test_past_the_deadline_it_says_when_to_come_back(tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    with tinting(tmp_path, GREY, deadline=1.0) as web:
        image = service(manifest(web, web.register())["items"][0])
        late = web.client.get(image + "/info.json")
        assert problem(late)["status"] == 503 and int(late.headers["Retry-After"]) > 0
        (tmp_path / "hold").unlink()
        until(lambda: web.client.get(image + "/info.json").status_code == 200, "the work goes on")


def test_many_who_look_at_once_have_it_drawn_once(tmp_path: Path) -> None:
    with tinting(tmp_path, GREY) as web:
        image = service(manifest(web, web.register())["items"][0])
        codes: list[int] = []
        threads = [
            Thread(target=lambda: codes.append(web.app.test_client().get(image + "/info.json").status_code))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert codes == [200] * 8
        assert len(list(web.services.store.images.ids())) == 1


def test_deleting_the_source_ends_all_of_it(tmp_path: Path) -> None:
    with tinting(tmp_path, GREY) as web:
        source = web.register()
        canvas = manifest(web, source)["items"][0]
        picture = options(canvas)[1]["id"]
        assert web.client.get(picture).status_code == 200
        assert web.client.delete(f"/api/sources/{source}").status_code == 204
        for path in (
            f"/iiif/3/{source}/variants/tinted/manifest",
            canvas["id"],
            picture,
            service(canvas) + "/info.json",
        ):
            assert web.client.get(path).status_code == 410, path
        web.register()
        assert web.client.get(picture).status_code == 200


def test_a_lost_picture_is_told_as_a_fault_of_the_store(tmp_path: Path) -> None:
    with tinting(tmp_path, GREY) as web:
        canvas = manifest(web, web.register())["items"][0]
        get(web, service(canvas) + "/info.json")
        reading = web.services.store.find_reading(image_parts(service(canvas))[2])
        assert reading and web.services.store.images.remove(drawn_image(reading.revision, 0))
        assert problem(web.client.get(service(canvas) + "/info.json"))["slug"] == "store-unavailable"
        assert "restore blobs" in "".join(web.services.store.check())
