"""Exports, imports and bulk verbs as a program uses them over HTTP and on the command line."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from iiif_store.export.formats import FORMATS
from ml_backends.types import Box, Finding
from server.app import create_app
from server.cli import main
from tests.annotated import LABEL, Annotated
from tests.web import STRANGER, connected, problem

BOX = Box(10, 20, 300, 400)
PAGES = [[Finding("classifying", BOX, "map", score=0.9)], [Finding("supplementing", BOX, text="zwei")], []]
NOTE = {
    "@context": "http://www.w3.org/ns/anno.jsonld",
    "type": "Annotation",
    "motivation": "commenting",
    "body": {"type": "TextualBody", "value": "a note"},
    "target": "https://library.example/canvas/2#xywh=1,2,3,4",
}
COCO = {
    "images": [{"id": n, "file_name": f"{n}.jpg", "width": 1000, "height": 1500} for n in (1, 2, 9)],
    "categories": [{"id": 1, "name": "seal"}],
    "annotations": [{"id": n, "image_id": n, "category_id": 1, "bbox": [n, 2, 30, 40]} for n in (1, 2, 9)],
}


@pytest.fixture
def book(tmp_path: Path) -> Annotated:
    return Annotated(tmp_path / "data", PAGES)


@pytest.fixture
def client(book: Annotated) -> Iterator[FlaskClient]:
    yield connected(create_app(book.settings, book.services)).test_client()


def api(book: Annotated, path: str) -> str:
    return f"/api/sources/{book.source.id}/{path}"


@pytest.mark.parametrize("form", [name for name, form in FORMATS.items() if not form.pictures])
def test_each_format_has_a_url(book: Annotated, client: FlaskClient, form: str) -> None:
    url = api(book, f"export/{form}")
    answer = client.get(url)
    assert answer.status_code == 200 and answer.content_type == FORMATS[form].media
    assert f'filename="{book.source.id}.{FORMATS[form].suffix}"' in answer.headers["Content-Disposition"]
    assert "Access-Control-Allow-Origin" not in answer.headers and answer.data
    again = client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head(url)
    assert (head.status_code, head.headers["ETag"], head.data) == (200, answer.headers["ETag"], b"")
    before = answer.headers["ETag"]
    client.post(f"/annotations/{book.source.id}/", json=NOTE, content_type="application/ld+json")
    assert client.get(url, headers={"If-None-Match": before}).status_code == 200, "what people write is exported"


def test_a_part_can_be_asked_for(book: Annotated, client: FlaskClient) -> None:
    key = book.services.sources.manifest(book.source).canvases[1].key
    for query in (f"canvas={key}", "canvas=2", "canvas_from=2&canvas_to=2", "canvas=https://library.example/canvas/2"):
        rows = client.get(api(book, f"export/jsonl?{query}")).data.splitlines()
        assert [orjson.loads(row)["target"] for row in rows] == ["https://library.example/canvas/2#xywh=10,20,300,400"]
    assert client.get(api(book, "export/text?layer=curated")).data == b"\f\f"
    assert problem(client.get(api(book, "export/csv?layer=nothing")))["status"] == 404
    assert problem(client.get(api(book, "export/csv?canvas=99")))["status"] == 404
    assert problem(client.get(api(book, "export/docx")))["slug"] == "unknown-format"
    assert problem(client.get(api(book, "export/csv?colour=red")))["status"] == 422


def test_formats_with_pictures_are_for_those_who_may_write(book: Annotated, client: FlaskClient) -> None:
    for form in ("yolo", "crops"):
        assert problem(client.get(api(book, f"export/{form}"), environ_base=STRANGER))["slug"] == "token-needed"
        assert client.get(api(book, "export/csv"), environ_base=STRANGER).status_code == 200
    body = client.get(api(book, "export/yolo")).data
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert "library.example" in archive.read("missing.txt").decode(), "says which picture could not be had"
        assert "data.yaml" in archive.namelist()


def test_compressed_where_the_client_takes_it(book: Annotated, client: FlaskClient) -> None:
    import gzip

    plain = client.get(api(book, "export/w3c"))
    squeezed = client.get(api(book, "export/w3c"), headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(squeezed.data) == plain.data
    assert squeezed.headers["ETag"] != plain.headers["ETag"] and "Accept-Encoding" in squeezed.headers["Vary"]


def test_bulk_verbs(book: Annotated, client: FlaskClient) -> None:
    url = api(book, "annotations")
    client.post(f"/annotations/{book.source.id}/", json=NOTE, content_type="application/ld+json")
    document = client.get(url).get_json(force=True)
    found = [item for page in document["items"] for item in page["items"]]
    assert document["total"] == len(found) == 3
    ids = client.get(f"{url}?fields=id").get_json()
    assert ids == {"items": [item["id"] for item in found], "total": 3}
    told = {"total": 3, "layers": {"illustrations": 2, "curated": 1}}
    assert client.get(f"{url}?count=1").get_json() == client.get(f"{url}/count").get_json() == told
    assert client.get(f"{url}/count?canvas_from=2").get_json()["total"] == 2
    assert client.get(f"{url}/count?layer=curated").get_json() == {"total": 1, "layers": {"curated": 1}}
    for name in ids["items"]:
        assert client.get(name.removeprefix("http://localhost")).status_code == 200


@pytest.mark.parametrize(
    ("query", "says"), [("canvas_from=2&canvas_to=1", "exchange the two"), ("canvas=000000001000", "no canvas")]
)
def test_a_part_that_there_is_not_is_told(book: Annotated, client: FlaskClient, query: str, says: str) -> None:
    refused = client.get(f"{api(book, 'annotations')}?{query}")
    assert problem(refused)["status"] == 404 and says in problem(refused)["detail"]


def test_a_name_of_which_no_layer_can_be_called_is_refused(book: Annotated, client: FlaskClient) -> None:
    refused = client.post(api(book, "import?layer=日本"), data=orjson.dumps(COCO))
    assert problem(refused)["status"] == 422 and "names no layer" in problem(refused)["detail"]


def test_what_is_imported_is_published_and_deleted_again(book: Annotated, client: FlaskClient) -> None:
    url = api(book, "import?layer=seals")
    answer = client.post(url, data=orjson.dumps(COCO)).get_json()
    assert answer["layers"] == {"import-seals": 3 - 1} and answer["pages"] == 2
    (line,) = answer["problems"]
    assert "9.jpg" in line and LABEL in line
    ids = client.get(api(book, "annotations?fields=id&layer=import-seals")).get_json()["items"]
    assert client.post(url, data=orjson.dumps(COCO)).get_json()["layers"] == answer["layers"]
    assert client.get(api(book, "annotations?fields=id&layer=import-seals")).get_json()["items"] == ids
    manifest = client.get(f"/iiif/3/{book.source.id}/manifest").get_json(force=True)
    labels = [page["label"]["en"][0] for page in manifest["items"][0]["annotations"]]
    assert labels == ["Illustrations (machine-generated)", "Seals (imported)"]
    page = client.get(manifest["items"][0]["annotations"][1]["id"].removeprefix("http://localhost"))
    (item,) = page.get_json(force=True)["items"]
    assert item["id"] == ids[0] and "creator" not in item and item["body"][0]["value"] == "<p>Seal, imported</p>"
    empty = client.get(manifest["items"][2]["annotations"][1]["id"].removeprefix("http://localhost"))
    assert (empty.status_code, empty.get_json(force=True)["items"]) == (200, []), "nothing computes an imported page"
    assert client.get(f"/iiif/3/{book.source.id}/layers/import-seals").get_json(force=True)["total"] == 2
    assert client.delete(api(book, "layers/import-seals")).get_json() == {"deleted": 2, "layers": {"import-seals": 2}}
    assert book.layers() == ["illustrations"]
    assert client.get(ids[0].removeprefix("http://localhost")).status_code == 200, "still dereferences"
    assert problem(client.delete(api(book, "layers/import-seals")))["status"] == 404


def test_a_further_file_replaces_only_its_canvases(book: Annotated, client: FlaskClient) -> None:
    client.post(api(book, "import?layer=seals"), data=orjson.dumps(COCO))
    second = COCO | {"images": COCO["images"][1:2], "annotations": []}
    client.post(api(book, "import?layer=seals"), data=orjson.dumps(second))
    assert [len(items) for items in book.items("import-seals")] == [1, 0, 0]


def test_people_and_imports_are_deleted_together(book: Annotated, client: FlaskClient) -> None:
    client.post(f"/annotations/{book.source.id}/", json=NOTE, content_type="application/ld+json")
    client.post(api(book, "import"), data=orjson.dumps(COCO))
    assert problem(client.delete(api(book, "annotations"), environ_base=STRANGER))["status"] == 401
    removed = client.delete(api(book, "annotations")).get_json()
    assert removed == {"deleted": 3, "layers": {"import-coco": 2, "curated": 1}}
    assert client.get(api(book, "annotations/count")).get_json() == {"total": 2, "layers": {"illustrations": 2}}
    assert client.delete(api(book, "annotations")).get_json()["deleted"] == 0


def test_annotations_of_people_come_back_as_theirs(book: Annotated, client: FlaskClient, tmp_path: Path) -> None:
    sent = NOTE | {"creator": {"type": "Person", "name": "Ada"}, "created": "2024-01-02T03:04:05Z"}
    client.post(f"/annotations/{book.source.id}/", json=sent, content_type="application/ld+json")
    body = client.get(api(book, "export/w3c?layer=curated")).data
    assert client.post(api(book, "import"), data=body).get_json()["new"] == 0, "they are here already"
    other = Annotated(tmp_path / "other", [[], [], []])
    there = connected(create_app(other.settings, other.services)).test_client()
    first = there.post(api(other, "import"), data=body, base_url="http://127.0.0.1:9").get_json()
    assert (first["new"], first["problems"]) == (1, [])
    assert there.post(api(other, "import"), data=body, base_url="http://127.0.0.1:9").get_json()["new"] == 0
    (item,) = other.items()[1]
    assert (item.finding.text, item.maker, item.by) == ("a note", "Ada", "Person")
    assert item.created == "2024-01-02T03:04:05Z" and item.finding.region == Box(1, 2, 3, 4)


def test_anything_can_be_imported_as_annotations_of_people(book: Annotated, client: FlaskClient) -> None:
    answer = client.post(api(book, "import?layer=curated"), data=orjson.dumps(COCO)).get_json()
    assert (answer["layers"], answer["new"]) == ({"curated": 2}, 2)
    assert client.post(api(book, "import?layer=curated"), data=orjson.dumps(COCO)).get_json()["new"] == 0
    assert [[item.finding.label for item in items] for items in book.items("curated")] == [["seal"], ["seal"], []]


def test_what_cannot_be_imported_says_so(book: Annotated, client: FlaskClient) -> None:
    assert problem(client.post(api(book, "import"), data=b"nonsense"))["slug"] == "unreadable-file"
    assert problem(client.post(api(book, "import"), data=b""))["slug"] == "bad-input"
    assert problem(client.post(api(book, "import?format=docx"), data=b"x"))["slug"] == "unreadable-file"
    stranger = client.post(api(book, "import"), data=orjson.dumps(COCO), environ_base=STRANGER)
    assert problem(stranger)["slug"] == "token-needed"


def test_several_files_in_a_form(book: Annotated, client: FlaskClient) -> None:
    labels = [(io.BytesIO(b"0 0.5 0.5 0.1 0.2"), f"labels/{n}.txt") for n in (1, 2)]
    files = [(io.BytesIO(b"names: [stamp]"), "data.yaml"), *labels]
    answer = client.post(api(book, "import"), data={"files": files}, content_type="multipart/form-data").get_json()
    assert answer["layers"] == {"import-yolo": 2} and answer["problems"] == []
    assert book.items("import-yolo")[0][0].finding.region == Box(450, 600, 100, 300)


def test_the_description_tells_of_parameters_and_files(client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").get_json()["paths"]
    named = {part["name"] for part in paths["/api/sources/{source}/annotations"]["get"]["parameters"]}
    assert {"source", "layer", "canvas_from", "canvas_to", "fields", "count"} <= named
    body = paths["/api/sources/{source}/import"]["post"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data", "application/octet-stream"}


def test_the_command_line_does_the_same(book: Annotated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOSSATOR_DATA", str(book.settings.data))
    coco, out = tmp_path / "seals.json", tmp_path / "out"
    coco.write_bytes(orjson.dumps(COCO))
    told = CliRunner().invoke(main, ["import", book.source.url, str(coco), "--as", "seals"])
    assert told.exit_code == 1 and "2  import-seals" in told.output and "9.jpg" in told.output
    for form in FORMATS:
        told = CliRunner().invoke(main, ["export", book.source.id, "--format", form, "--out", str(out / f"x.{form}")])
        assert told.exit_code == 0 and (out / f"x.{form}").stat().st_size, told.output
    told = CliRunner().invoke(main, ["export", book.source.id, "--format", "text", "--out", "-"])
    assert told.output == "\fzwei\n\f"
    folder = CliRunner().invoke(main, ["export", book.source.id, "--format", "alto", "--out", f"{out}/alto/"])
    assert folder.exit_code == 0 and len(list((out / "alto").glob("*.xml"))) == 3
    crops = CliRunner().invoke(main, ["export", book.source.id, "--format", "crops", "--out", f"{out}/crops/"])
    assert crops.exit_code == 1 and "missing" in crops.output, "the publisher of this test does not exist"
