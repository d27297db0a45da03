"""Exports: small files that can be read here, and the schemas of those who made the formats."""

from __future__ import annotations

import csv
import io
import lzma
import zipfile
from dataclasses import replace
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from iiif_store.export.archive import Entry, Skipped, unpacked, zipped
from iiif_store.export.formats import FORMATS, UnknownFormat, format_of
from iiif_store.export.published import Options
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from ml_backends.types import Box, Finding, Polygon
from tests.annotated import LABEL, SIZE, URL, made_up, manifest

SCHEMAS = Path(__file__).parents[2] / "data" / "schemas"
PAGES = [
    [
        Finding(
            "classifying",
            Box(100, 200, 300, 400),
            "map & plan",
            concept="http://www.wikidata.org/entity/Q4006",
            score=0.9123,
        ),
        Finding("supplementing", Box(10, 20, 500, 40), text="Zum erſten <Mal>", language="de", score=0.5),
    ],
    [
        Finding("supplementing", Polygon(((10, 20), (510, 30), (500, 60))), text="fol. 2"),
        Finding("classifying", None, "blank"),
    ],
    [],
]


def written(form: str, pages: list[list[Finding]] | None = None) -> bytes:
    pages = PAGES if pages is None else pages
    book = parse(manifest(len(pages)), url=URL)
    assert isinstance(book, Manifest)
    return b"".join(FORMATS[form].stream(made_up(book, pages), Options()))


def unzipped(form: str, pages: list[list[Finding]] | None = None) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written(form, pages))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_coco_has_what_coco_has_and_keeps_the_rest() -> None:
    document = orjson.loads(written("coco"))
    assert document["info"] == {"description": LABEL, "url": URL, "contributor": "glossator test"}
    assert [image["id"] for image in document["images"]] == [1, 2, 3]
    assert document["images"][0]["width"] == SIZE[0] and document["images"][0]["file_name"].startswith("0001-")
    assert document["categories"][0] == {"id": 1, "name": "map & plan", "supercategory": ""}
    first, line, outline, blank = document["annotations"]
    assert first["bbox"] == [100, 200, 300, 400] and first["area"] == 120000 and first["iscrowd"] == 0
    assert (first["score"], first["model"], first["concept"]) == (0.9123, "illustrations 1.2", PAGES[0][0].concept)
    assert (line["text"], line["language"], line["category_id"]) == ("Zum erſten <Mal>", "de", 2)
    assert outline["segmentation"] == [[10, 20, 510, 30, 500, 60]] and outline["bbox"] == [10, 20, 500, 40]
    assert blank["whole_canvas"] and blank["bbox"] == [0, 0, *SIZE]
    assert first["run"].startswith("https://example.org/glossator/runs/")


@pytest.mark.parametrize("form", ["coco", "yolo"])
def test_a_page_that_nobody_read_is_no_example_of_an_empty_one(form: str) -> None:
    book = parse(manifest(3), url=URL)
    assert isinstance(book, Manifest)
    whole = made_up(book, [PAGES[0], [], []])
    walk = [replace(page, views=()) if page.number == 2 else page for page in whole]
    body = b"".join(FORMATS[form].stream(replace(whole, walk=lambda: iter(walk)), Options()))
    if form == "coco":
        pages = {image["id"] for image in orjson.loads(body)["images"]}
    else:
        names = zipfile.ZipFile(io.BytesIO(body)).namelist()
        pages = {int(Path(name).name[:4]) for name in names if name.startswith("labels/")}
    assert pages == {1, 3}


def test_csv_is_a_table_of_all() -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv").decode())))
    assert [row["page"] for row in rows] == ["p. 1", "p. 1", "p. 2", "p. 2"]
    first, line, outline, blank = rows
    assert [first[name] for name in ("class", "x", "y", "width", "height", "score")] == [
        "map & plan",
        "100",
        "200",
        "300",
        "400",
        "0.9123",
    ]
    assert (line["text"], line["motivation"]) == ("Zum erſten <Mal>", "supplementing")
    assert (outline["outline"], blank["x"]) == ("10,20 510,30 500,60", "")
    assert first["maker"] == "illustrations 1.2" and first["maker_type"] == "Software"


def test_parquet_has_the_same_columns_typed() -> None:
    found = pq.read_table(io.BytesIO(written("parquet")))
    rows = found.to_pylist()
    assert [row["x"] for row in rows] == [100, 10, 10, None] and rows[0]["score"] == pytest.approx(0.9123)
    assert found.schema.metadata[b"manifest"] == URL.encode()


def test_plain_text_has_a_form_feed_between_canvases() -> None:
    assert written("text").decode() == "Zum erſten <Mal>\n\ffol. 2\n\f"


def test_yolo_has_shares_and_says_what_is_missing() -> None:
    files = unzipped("yolo")
    labels = next(body for name, body in files.items() if name.startswith("labels/train/0001"))
    assert [float(part) for part in labels.split()] == pytest.approx([0, 0.25, 400 / 1500, 0.3, 400 / 1500])
    assert yaml.safe_load(files["data.yaml"])["names"] == {0: "map & plan"}
    assert len([name for name in files if name.startswith("labels/")]) == 3
    assert "no fetcher" in files["missing.txt"].decode()
    assert files["findings.csv"] == written("csv")


def test_hocr_can_be_read_by_people_too() -> None:
    text = written("hocr").decode()
    assert '<span class="ocr_line" id="p1_1" title="bbox 10 20 510 60; x_wconf 50" lang="de"' in text
    assert "Zum erſten &lt;Mal&gt;</span>" in text
    assert "poly 10 20 510 30 500 60" in text and "ppageno 2" in text


def test_the_crate_names_every_file_in_it() -> None:
    for version in ("1.1", "1.2"):
        book = parse(manifest(len(PAGES)), url=URL)
        assert isinstance(book, Manifest)
        body = b"".join(FORMATS["rocrate"].stream(made_up(book, PAGES), Options(crate=version)))
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = set(archive.namelist())
            graph = {node["@id"]: node for node in orjson.loads(archive.read("ro-crate-metadata.json"))["@graph"]}
            told = orjson.loads(archive.read("annotations/illustrations.jsonld"))
            runs = archive.read("runs/illustrations.jsonl").splitlines()
        assert {part["@id"] for part in graph["./"]["hasPart"]} == names - {"ro-crate-metadata.json"}
        assert all(part["@id"] in graph for part in graph["./"]["hasPart"])
        assert graph["ro-crate-metadata.json"]["conformsTo"]["@id"] == f"https://w3id.org/ro/crate/{version}"
        action = graph["#run-illustrations"]
        assert graph[action["instrument"]["@id"]]["name"] == "illustrations 1.2"
        assert told["total"] == 4 and len(runs) == 3


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
regions = st.none() | st.builds(Box, st.integers(0, 500), st.integers(0, 500), st.integers(1, 400), st.integers(1, 400))
regions |= st.just(Polygon(((1, 2), (30, 4), (5, 60))))
any_findings = st.lists(
    st.builds(
        Finding,
        st.sampled_from(["classifying", "supplementing", "describing"]),
        regions,
        st.none() | texts,
        st.none() | texts,
        st.sampled_from([None, "de", "nonsense language"]),
        score=st.none() | st.floats(0, 1),
    ),
    max_size=4,
)


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / name))


@settings(max_examples=25)
@given(findings=any_findings)
def test_alto_and_page_are_valid_whatever_is_in_them(findings: list[Finding]) -> None:
    for form, name in (("alto", "alto-4-4.xsd"), ("page", "page-2019-07-15.xsd")):
        valid = schema(name)
        for body in unzipped(form, [findings, PAGES[0]]).values():
            valid.assertValid(etree.fromstring(body))


def test_tei_is_valid_whatever_is_in_it() -> None:
    with lzma.open(SCHEMAS / "tei_all-4.3.0.rng.xz") as file:
        valid = etree.RelaxNG(etree.parse(file))

    @settings(max_examples=25)
    @given(findings=any_findings)
    def check(findings: list[Finding]) -> None:
        valid.assertValid(etree.fromstring(written("tei", [findings, *PAGES])))

    check()


def test_tei_points_from_text_to_zones() -> None:
    root = etree.fromstring(written("tei"))
    space = {"t": "http://www.tei-c.org/ns/1.0"}
    zones = {zone.get("{http://www.w3.org/XML/1998/namespace}id") for zone in root.iterfind(".//t:zone", space)}
    breaks = [line.get("facs") for line in root.iterfind(".//t:lb", space)]
    assert breaks == ["#page1zone1", "#page2zone0"] and {name[1:] for name in breaks} <= zones
    assert root.find(".//t:zone", space).get("cert") == "0.9123"


def test_an_empty_book_is_no_error() -> None:
    for form in FORMATS:
        assert written(form, [[]]) or form in ("jsonl", "text")


def test_an_unknown_format_says_which_there_are() -> None:
    with pytest.raises(UnknownFormat, match="coco"):
        format_of("docx")


def test_the_same_content_makes_the_same_bytes() -> None:
    for form in ("w3c", "coco", "alto", "page", "yolo", "rocrate", "parquet"):
        assert written(form) == written(form)


def test_a_directory_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    fetched: list[str] = []

    def picture(name: str) -> bytes:
        fetched.append(name)
        if name == "b.jpg" and fetched.count(name) == 1:
            raise Skipped("the publisher is asleep")
        return name.encode()

    def entries() -> list[Entry]:
        names = ("a.jpg", "b.jpg")
        return [*(Entry(n, lambda n=n: picture(n), picture=True) for n in names), Entry("t.csv", lambda: b"t")]  # type: ignore[misc]

    assert unpacked(entries(), tmp_path) == ["b.jpg: the publisher is asleep"]
    assert unpacked(entries(), tmp_path) == []
    assert sorted(fetched) == ["a.jpg", "b.jpg", "b.jpg"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.jpg": b"a.jpg",
        "b.jpg": b"b.jpg",
        "t.csv": b"t",
    }


def test_a_zip_lists_what_could_not_be_made() -> None:
    def fails() -> bytes:
        raise Skipped("login needed")

    body = b"".join(zipped([Entry("a.jpg", fails, picture=True), Entry("b.txt", lambda: iter([b"1", b"2"]))]))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "b.txt": b"12",
            "missing.txt": b"a.jpg: login needed\n",
        }
