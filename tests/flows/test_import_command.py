"""`glossator import` with folders as people have them: what is not read is told."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from iiif_store.export.archive import unpacked
from iiif_store.export.formats import FORMATS
from iiif_store.export.published import Options
from ml_backends.types import Box, Finding
from server.cli import main
from tests.annotated import Annotated

COCO = {
    "images": [{"id": 1, "file_name": "1.jpg", "width": 1000, "height": 1500}],
    "categories": [{"id": 1, "name": "seal"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40]}],
}
PAGE = """<PcGts><Page imageFilename="4.jpg" imageWidth="1000" imageHeight="1500">
<ImageRegion><Coords points="1,2 30,2 30,40 1,40"/></ImageRegion></Page></PcGts>"""


def alto(n: int, *, encoding: str = "utf-8", before: str = "") -> bytes:
    text = f"""<?xml version="1.0" encoding="{encoding}"?>{before}<alto><Description><sourceImageInformation>
<fileName>{n}.jpg</fileName></sourceImageInformation></Description><Layout><Page WIDTH="1000" HEIGHT="1500">
<Illustration HPOS="1" VPOS="2" WIDTH="30" HEIGHT="40" TYPE="map"/></Page></Layout></alto>"""
    return text.encode(encoding)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Annotated:
    found = Annotated(tmp_path / "data", [[], [], [], []])
    monkeypatch.setenv("GLOSSATOR_DATA", str(found.settings.data))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "files"
    found.mkdir()
    return found


def bring(book: Annotated, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["import", book.source.id, *arguments])


def counts(book: Annotated, layer: str) -> list[int]:
    return [len(items) for items in book.items(layer)]


def mixed(folder: Path) -> None:
    (folder / "1.xml").write_bytes(alto(1))
    (folder / "2.xml").write_bytes(alto(2, encoding="utf-16"))
    (folder / "3.xml").write_bytes(alto(3, before=f"<!-- {'x' * 5000} -->"))
    (folder / "4.xml").write_text(PAGE)


def test_xml_of_every_kind_is_read_by_its_root(book: Annotated, folder: Path) -> None:
    mixed(folder)
    told = bring(book, str(folder))
    assert (told.exit_code, "not imported" in told.output) == (0, False), told.output
    assert (counts(book, "import-alto"), counts(book, "import-page")) == ([1, 1, 1, 0], [0, 0, 0, 1])


def test_every_file_that_is_not_read_is_told(book: Annotated, folder: Path) -> None:
    mixed(folder)
    (folder / "empty.xml").write_bytes(b"")
    (folder / "notes.txt").write_text("to do")
    told = bring(book, str(folder), "--format", "alto")
    assert told.exit_code == 1 and counts(book, "import-alto") == [1, 1, 1, 0]
    lines = [line.strip() for line in told.output.splitlines() if "not imported" in line]
    assert [line.split(": ", 1)[1].split(".")[0] for line in lines] == ["4", "empty", "What notes"]
    assert "4.xml is page" in lines[0] and "empty.xml is empty" in lines[1] and "cannot be told" in lines[2]
    assert len(told.output.splitlines()) == 2 + len(lines), "and nothing of the rest"


def test_what_an_export_writes_beside_is_passed_over(book: Annotated, folder: Path) -> None:
    book.put({0: [Finding("classifying", Box(1, 2, 30, 40), "map")]})
    assert unpacked(FORMATS["rocrate"].entries(book.published(), Options()), folder) == []
    assert len(list(folder.rglob("*.*"))) > 5
    (folder / "manifest" / "source.json").write_bytes(book.services.store.get_snapshot(book.source.snapshot))
    told = bring(book, str(folder), "--as", "again")
    assert (told.exit_code, "not imported" in told.output) == (0, False), told.output
    (folder / "labels").mkdir()
    (folder / "data.yaml").write_text("names: [seal]")
    (folder / "labels" / "2.txt").write_text("0 0.5 0.5 0.1 0.2")
    (folder / "astray.txt").write_text("0 0.5 0.5 0.1 0.2")
    told = bring(book, str(folder), "--format", "yolo")
    assert counts(book, "import-yolo") == [0, 1, 0, 0]
    assert told.exit_code == 1 and "astray.txt" in told.output and "findings.csv" not in told.output


def test_a_directory_that_is_called_like_a_file_is_none(book: Annotated, folder: Path) -> None:
    (folder / "x.json").mkdir()
    (folder / "x.json" / "seals.json").write_bytes(orjson.dumps(COCO))
    told = bring(book, str(folder))
    assert told.exit_code == 0 and counts(book, "import-coco") == [1, 0, 0, 0], told.output


@pytest.mark.parametrize("name", ["日本", "import-", "-.-", "import-日本"])
def test_a_name_of_which_nothing_is_left_is_refused(book: Annotated, folder: Path, name: str) -> None:
    file = folder / "seals.json"
    file.write_bytes(orjson.dumps(COCO))
    told = bring(book, str(file), "--as", name)
    assert told.exit_code == 2 and name in told.output and "a-z" in told.output
    assert book.layers() == ["illustrations"]
    assert bring(book, str(file), "--as", "日本 2").exit_code == 0 and "import-2" in book.layers()


def test_it_is_told_when_pages_were_taken_in_order(book: Annotated, folder: Path) -> None:
    unknown = COCO | {
        "images": [{"id": n, "file_name": f"other-{n}.jpg", "width": 1000, "height": 1500} for n in range(1, 5)]
    }
    (folder / "coco.json").write_bytes(orjson.dumps(unknown))
    done = bring(book, str(folder))
    assert done.exit_code == 0 and "they were taken in order" in done.output
    (folder / "coco.json").write_bytes(orjson.dumps(COCO))
    assert "in order" not in bring(book, str(folder)).output


def test_of_software_a_region_that_cannot_be_read_is_not_the_whole_page(book: Annotated, folder: Path) -> None:
    def seal(selector: str) -> dict[str, object]:
        target = {"source": "https://library.example/canvas/1", "selector": {"type": "SvgSelector", "value": selector}}
        body = {"type": "TextualBody", "purpose": "tagging", "value": "seal"}
        return {"type": "Annotation", "creator": {"type": "Software"}, "body": body, "target": target}

    readable = "<svg xmlns='http://www.w3.org/2000/svg'><path d='M1,2L30,2L30,40Z'/></svg>"
    page = {"type": "AnnotationPage", "items": [seal(readable), seal("<svg><text>seal</text></svg>")]}
    (folder / "page.json").write_bytes(orjson.dumps(page))
    told = bring(book, str(folder), "--as", "seals")
    assert told.exit_code == 1 and "finding 2: its selector tells no region" in told.output
    assert counts(book, "import-seals")[0] == 1
