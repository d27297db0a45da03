"""Imports: what other programs write, read as they mean it."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iiif_store.canvas import canvas_keys
from iiif_store.export.markup import name_of
from iiif_store.imports import alto
from iiif_store.imports.formats import FORMATS, LARGEST, read
from iiif_store.imports.matching import Matched, match
from iiif_store.imports.sheets import File, Sheet, Unreadable
from iiif_store.item import item_of
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from ml_backends.types import Box, Finding, Polygon
from tests.annotated import SIZE, URL, manifest

VIA = b"""filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes
1.jpg,9,"{}",2,0,"{""name"":""rect"",""x"":1,""y"":2,""width"":30,""height"":40}","{""type"":""map"",""note"":""x""}"
1.jpg,9,"{}",2,1,"{""name"":""polygon"",""all_points_x"":[1,20,3],""all_points_y"":[4,5,60]}","{""text"":""Gallia""}"
2.jpg,9,"{}",1,0,"{""name"":""circle"",""cx"":50,""cy"":60,""r"":10}","{""kind"":{""seal"":true,""wax"":false}}"
3.jpg,9,"{}",0,0,"{}","{}"
"""
ALTO = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v2#"><Description><MeasurementUnit>mm10</MeasurementUnit>
<sourceImageInformation><fileName>scans/2.tif</fileName></sourceImageInformation>
<OCRProcessing ID="o"><ocrProcessingStep><processingSoftware><softwareName>ABBYY</softwareName>
<softwareVersion>9</softwareVersion></processingSoftware></ocrProcessingStep></OCRProcessing></Description>
<Layout><Page ID="p" PHYSICAL_IMG_NR="2" WIDTH="2000" HEIGHT="3000"><PrintSpace>
<TextBlock ID="b" language="fr"><TextLine ID="l" HPOS="200" VPOS="300" WIDTH="400" HEIGHT="60">
<String CONTENT="Les" WC="0.5"/><SP/><String CONTENT="fai" WC="0.7"/><HYP CONTENT="-"/></TextLine></TextBlock>
<Illustration ID="i" HPOS="0" VPOS="0" WIDTH="100" HEIGHT="100" TYPE="Woodcut"/></PrintSpace></Page></Layout></alto>"""
PAGE = """<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15"><Page imageFilename="1.png"
imageWidth="500" imageHeight="750"><TextRegion id="r" type="heading"><Coords points="1,2 30,2 30,40 1,40"/>
<TextLine id="l"><Coords points="1,2 30,2 30,40 1,40"/>
<TextEquiv conf="0.8"><Unicode>Caput</Unicode></TextEquiv></TextLine>
<TextEquiv><Unicode>Caput</Unicode></TextEquiv></TextRegion>
<GraphicRegion id="g" custom="structure {type:drop\\u002dcapital;}"><Coords points="5,5 90,7 60,80"/></GraphicRegion>
<TextRegion id="s"><Coords points="1,50 30,50 30,60 1,60"/><TextEquiv><Unicode>sola</Unicode></TextEquiv></TextRegion>
</Page></PcGts>"""
HOCR = """<html><head><meta name="ocr-system" content="tesseract 5.3"/></head><body>
<div class="ocr_page" id="p" title='image "/tmp/x/3.png"; bbox 0 0 1000 1500; ppageno 2'><div class="ocr_carea">
<span class="ocr_line" title="bbox 10 20 110 60; baseline 0 -1" lang="la"><span class="ocrx_word"
title="bbox 10 20 50 60; x_wconf 90">In</span> <span class="ocrx_word" title="x_wconf 70">nomine</span></span></div>
<div class="ocr_photo" title="bbox 5 5 95 95"></div></div></body></html>"""


def sheets(body: bytes | str, name: str = "file", kind: str = "auto") -> list[Sheet]:
    return list(read([File(name, body if isinstance(body, bytes) else body.encode())], kind)[1])


def test_via_has_shapes_and_attributes_of_many_kinds() -> None:
    one, two, three = sheets(VIA)
    assert [sheet.names for sheet in (one, two, three)] == [("1.jpg",), ("2.jpg",), ("3.jpg",)]
    assert one.items[0].finding == Finding("classifying", Box(1, 2, 30, 40), "map")
    assert one.items[1].finding == Finding("supplementing", Polygon(((1, 4), (20, 5), (3, 60))), text="Gallia")
    assert two.items[0].finding.label == "seal" and isinstance(two.items[0].finding.region, Polygon)
    assert three.items == ()


def test_alto_of_any_version_and_unit() -> None:
    (sheet,) = sheets(ALTO)
    assert sheet.names[0] == "scans/2.tif" and sheet.size == (2000, 3000)
    line, picture = sheet.items
    assert line.finding == Finding("supplementing", Box(200, 300, 400, 60), text="Les fai-", language="fr", score=0.6)
    assert (line.maker, line.by) == ("ABBYY 9", "Software")
    assert picture.finding.label == "Woodcut" and picture.finding.region == Box(0, 0, 100, 100)


def test_page_lines_regions_and_structure_types() -> None:
    (sheet,) = sheets(PAGE)
    line, graphic, lone = sheet.items
    assert line.finding == Finding("supplementing", Box(1, 2, 29, 38), text="Caput", score=0.8)
    assert (graphic.finding.label, lone.finding.text) == ("drop-capital", "sola")


def test_hocr_of_tesseract() -> None:
    (sheet,) = sheets(HOCR)
    line, photo = sheet.items
    assert line.finding == Finding("supplementing", Box(10, 20, 100, 40), text="In nomine", language="la", score=0.8)
    assert (line.maker, photo.finding.label) == ("tesseract 5.3", "photo")


def test_coco_of_an_annotation_tool() -> None:
    document = {
        "images": [{"id": 7, "file_name": "train/1.jpg", "width": 500, "height": 750}],
        "categories": [{"id": 3, "name": "initial"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 3, "bbox": [1.5, 2, 30, 40], "segmentation": {"counts": "x"}},
            {"id": 2, "image_id": 7, "category_id": 3, "bbox": [0, 0, 1, 1], "segmentation": [[1, 1, 9, 2, 5, 8]]},
        ],
    }
    (sheet,) = sheets(orjson.dumps(document))
    assert [item.finding.region for item in sheet.items] == [Box(1.5, 2, 30, 40), Polygon(((1, 1), (9, 2), (5, 8)))]


@pytest.mark.parametrize(
    ("names", "place"),
    [
        (("https://library.example/canvas/2",), 1),
        ((f"0003-{canvas_keys(['https://library.example/canvas/3'])[0]}.jpg",), 2),
        (("C:\\scans\\2.TIF",), 1),
        (("nothing", "images/train/1.png"), 0),
        (("p. 3",), 2),
        (("https://elsewhere.example/x/2.jpg",), 1),
    ],
)
def test_sheets_are_matched_by_id_key_image_or_label(names: tuple[str, ...], place: int) -> None:
    there = book(3)
    matched = match([Sheet("x", names, None, ())], there)
    found, strays = matched.pairs, matched.strays
    assert [canvas.key for canvas, _ in found] == [there.canvases[place].key] and not strays


def test_sheets_are_matched_in_order_only_if_nothing_else_is_known() -> None:
    unknown = [Sheet(f"{n}", (f"scan-{n}",), None, ()) for n in range(3)]
    there = book(3)
    assert [canvas.key for canvas, _ in match(unknown, there).pairs] == [canvas.key for canvas in there.canvases]
    assert match(unknown, there).in_order
    assert match(unknown[:2], there) == Matched([], unknown[:2])
    one_known = [*unknown[:2], Sheet("known", ("2.jpg",), None, ())]
    matched = match(one_known, there)
    found, strays = matched.pairs, matched.strays
    assert not matched.in_order
    assert [sheet.where for _, sheet in found] == ["known"] and strays == unknown[:2]


def book(canvases: int) -> Manifest:
    found = parse(manifest(canvases), url=URL)
    assert isinstance(found, Manifest)
    return found


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("x.json", b'{"a": 1}', "cannot be told"),
        ("x.xml", b"<alto>", "cannot be read"),
        ("x.xml", b"<alto/>", "no Page"),
        ("x.csv", b"a,b\n1,2\n", "cannot be told"),
        ("x.txt", b"0 0.5 0.5 0.1 0.1", "cannot be told"),
        ("x.zip", b"PK\x03\x04broken", "zip"),
        ("x.json", b'{"images": [], "bbox"', "no JSON"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, body: bytes, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        sheets(body, name)


def test_xml_is_read_without_entities_and_network(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    bomb = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]>' + ALTO.replace(
        'CONTENT="Les"', 'CONTENT="x"'
    ).replace("<softwareName>ABBYY", "<softwareName>&e;")
    (sheet,) = sheets(bomb, "x.xml", "alto")
    assert "secret" not in sheet.items[0].maker


def zipped(**contents: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name.replace("_", "."), content)
    return body.getvalue()


def test_all_zips_of_an_import_share_one_limit() -> None:
    packed = zipped(a_json=orjson.dumps({"images": [], "categories": []}).ljust(400))
    assert read([File("a.zip", packed), File("b.zip", packed)], limit=1000)[0] == "coco"
    with pytest.raises(Unreadable, match=r"With c\.zip more than 1,000 bytes"):
        read([File(f"{name}.zip", packed) for name in "abc"], limit=1000)
    with pytest.raises(Unreadable, match=r"a\.json in a zip unpacks to more"):
        read([File("a.zip", zipped(a_json=bytes(LARGEST + 1)))])


def test_a_zip_that_says_too_little_is_not_unpacked_further() -> None:
    large, said = 30 * 10**6, 10
    body = zipped(a_json=b" " * large).replace(large.to_bytes(4, "little"), said.to_bytes(4, "little"))
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match=r"a\.zip"):
            read([File("a.zip", body)])
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_class_names_of_yolo_are_text_and_written_out() -> None:
    labels = File("labels/1.txt", b"0 0.5 0.5 0.1 0.1")
    layers = "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 8))
    merged = "".join(f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 9))
    for text, why in (
        (f"a0: &a0 [x]\n{layers}names: [*a7]", "aliases"),
        (f"a0: &a0 {{k: 1}}\n{merged}names: [x]", "aliases"),
        ("names: [[x]]", "no list"),
        (f"names: {'[' * 2000}", "data.yaml"),
        ("names: {x: y}", "names no classes"),
    ):
        with pytest.raises(Unreadable, match=why):
            list(read([File("data.yaml", text.encode()), labels])[1])
    (sheet,) = read([File("data.yaml", b"names: {0: 1789}"), labels])[1]
    assert sheet.items[0].finding.label == "1789"


BROKEN_ZIP = bytearray(zipped(a_json=b"[" + b"0123456789abcdef" * 9))
BROKEN_ZIP[36] = 0xFF  # the first byte of the compressed stream: a block of a kind that there is not


@pytest.mark.parametrize(
    ("name", "body", "kind"),
    [
        ("x.zip", bytes(BROKEN_ZIP), "auto"),
        ("x.json", b'{"images":[{"id":[1]}],"categories":[]}', "coco"),
        ("x.json", b'{"images":[],"categories":[{"id":{}}]}', "coco"),
        ("x.xml", PAGE.replace("<TextEquiv>", '<TextEquiv index="a">').encode(), "page"),
        ("x.json", b'{"items":' * 1000 + b'{"type":"Annotation"}' + b"}" * 1000, "w3c"),
    ],
)
def test_what_breaks_a_reader_is_told_of_its_file(name: str, body: bytes, kind: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(name)):
        sheets(body, name, kind)


def test_the_pages_of_an_alto_document_share_what_they_refer_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at the whole document for each of its pages made imports of a book last for minutes."""
    page = ALTO[ALTO.index("<Page") : ALTO.index("</Layout>")]
    book, looked = ALTO.replace(page, page * 20), Counter[str]()
    walk = alto._all
    monkeypatch.setattr(alto, "_all", lambda element, name: looked.update([name_of(element)]) or walk(element, name))
    found = sheets(book)
    assert len(found) == 20 and all(sheet.items[0].maker == "ABBYY 9" for sheet in found)
    assert looked["alto"] == 3, "pages, and processings by two names"


@settings(max_examples=60)
@given(body=st.binary(max_size=200), kind=st.sampled_from(sorted(FORMATS)))
def test_garbage_is_unreadable_and_nothing_worse(body: bytes, kind: str) -> None:
    for start in (b"", b"<", b"{", ALTO.encode()[:300], HOCR.encode()[:200]):
        with suppress(Unreadable):
            sheets(start + body, "x.txt", kind)


def test_an_annotation_of_an_editor_is_understood() -> None:
    target = {"source": {"id": "c"}, "selector": [{"type": "FragmentSelector", "value": "xywh=percent:10,20,30,40"}]}
    told = {
        "type": "Annotation",
        "motivation": "commenting",
        "creator": {"type": "Person", "name": "Ada"},
        "body": [{"type": "TextualBody", "value": "<p>a &lt; b</p>", "format": "text/html", "language": "en"}],
        "target": target,
    }
    item = item_of(told, SIZE)
    assert item.finding == Finding("commenting", Box(100, 300, 300, 600), text="a < b", language="en")
    assert (item.maker, item.by) == ("Ada", "Person")


def test_real_ocr_files_are_read(shared_data: Path) -> None:
    """38 pages of ALTO and PAGE by four projects; each has lines with text inside its page."""
    files = sorted((shared_data / "ocr").glob("*.xml"))
    assert len(files) >= 30
    for file in files:
        (sheet,) = sheets(file.read_bytes(), file.name)
        lines = [item for item in sheet.items if item.is_text and item.finding.text]
        assert lines and sheet.size, file.name
        assert all(item.finding.region for item in lines), file.name
        reference = file.with_suffix("").with_suffix(".gt.txt")
        if reference.exists() or (reference := file.parent / f"{file.stem}.gt.txt").exists():
            words = set(reference.read_text("utf-8").split())
            assert (
                len(words & {word for item in lines for word in (item.finding.text or "").split()}) > len(words) * 0.8
            )
