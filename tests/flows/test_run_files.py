"""`glossator run` within this process: what it leaves of a real book, with the default weights."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

from iiif_store.errors import FetchFailed, FetchRefused, GlossatorError, NotIIIF
from iiif_store.jsonld import expand
from iiif_store.links import Links
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from ml_backends.register import register_weights
from ml_backends.types import BackendUnavailable, UnknownBackend
from server.run import Book, Outcome
from server.run.book import STATE
from server.settings import Settings
from tests.publisher import Publisher
from tests.spec.comparison import missing_in_3
from tests.spec.comparison_of_versions import missing_of_2
from tests.spec.presentation3 import Schema
from tests.spec.web_annotation import Assertions, found_in

BASE = "https://annotations.example.org/g"
LAYER = ("illustrations",)


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    out: Path
    outcome: Outcome
    original: dict[str, Any]

    @property
    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "manifest.json").read_bytes())
        return found

    @property
    def table(self) -> list[dict[str, str]]:
        with (self.out / "findings.csv").open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))


def settings(publisher: Publisher, **changes: Any) -> Settings:
    return Settings(allow_hosts=(publisher.host,), base_url=BASE, **changes)


@pytest.fixture(scope="module")
def published(page_images: Path) -> Iterator[Publisher]:
    with Publisher(page_images) as publisher:
        yield publisher


@pytest.fixture(scope="module", params=["3", "2", "3-level0-3", "3-plain"])
def run(request: pytest.FixtureRequest, published: Publisher, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All pages of the book: from a service of version 3 or 2, one of level 0, and without any; canvases of twice the
    pixels."""
    version, _, service = request.param.partition("-")
    url = published.manifest(None, version, canvas="2", **({"service": service} if service else {}))
    out = tmp_path_factory.mktemp("run")
    outcome = Book(url, LAYER, out, settings(published)).annotate(lambda done, total: None)
    return Run(out, outcome, requests.get(url, timeout=60).json())


def test_every_page_is_read_and_nothing_fails(run: Run) -> None:
    assert (run.outcome.pages, run.outcome.resumed) == (8, 0)
    assert run.outcome.failed == run.outcome.uncropped == ()
    assert run.outcome.findings == len(run.table) > 0
    assert {path.name for path in run.out.iterdir()} == {
        ".glossator",
        "crops",
        "crops.zip",
        "findings.csv",
        "manifest.json",
    }


def test_every_canvas_holds_its_page_whole(run: Run) -> None:
    found = parse(run.original)
    assert isinstance(found, Manifest)
    links, source = Links(BASE), run.manifest["id"].split("/")[-2]
    assert run.manifest["id"] == links.manifest(source)
    assert [canvas["id"] for canvas in run.manifest["items"]] == [canvas.id for canvas in found.canvases]
    for canvas, item in zip(found.canvases, run.manifest["items"], strict=True):
        (page,) = item["annotations"]
        assert page["id"] == links.page(source, canvas.key, "illustrations")
        assert "@context" not in page
        assert isinstance(page["items"], list)
    annotations = list(found_in([item["annotations"] for item in run.manifest["items"]]))
    ids = [annotation["id"] for annotation in annotations]
    assert len(set(ids)) == len(ids) == run.outcome.findings
    assert all(uri.startswith(links.annotations(source)) for uri in ids)


def test_nothing_of_the_original_is_lost(run: Run) -> None:
    missing = missing_of_2 if "@type" in run.original else missing_in_3
    assert missing(run.original, run.manifest) == []


def test_the_manifest_keeps_the_schema(run: Run, shared_data: Path) -> None:
    assert list(Schema(shared_data / "schemas" / "iiif_3_0.json").errors(run.manifest)) == []


def test_annotations_keep_the_assertions_of_the_w3c(run: Run, shared_data: Path) -> None:
    assertions = Assertions(shared_data / "annotation-model")
    for annotation in found_in([item["annotations"] for item in run.manifest["items"]]):
        assert assertions.broken(annotation) == []


def test_annotations_keep_their_meaning_as_linked_data(run: Run) -> None:
    text = str(expand(run.manifest, Links(BASE)))
    for name in ("hasTarget", "hasBody", "motivatedBy"):
        assert f"http://www.w3.org/ns/oa#{name}" in text
    assert text.count("glossator/1/context.json#confidence") == run.outcome.findings


def test_the_table_says_what_the_annotations_say(run: Run) -> None:
    annotations = found_in([item["annotations"] for item in run.manifest["items"]])
    told = sorted(
        (annotation["target"], annotation["body"][1]["value"], f"{annotation['inference']['confidence']:.4f}")
        for annotation in annotations
    )
    assert told == sorted((f"{row['canvas']}#xywh={row['xywh']}", row["class"], row["score"]) for row in run.table)
    labels = {item["id"]: next(iter(item["label"].values()))[0] for item in run.manifest["items"]}
    assert [row["page"] for row in run.table] == [labels[row["canvas"]] for row in run.table]


def test_the_zip_holds_the_table_and_the_crops(run: Run) -> None:
    with zipfile.ZipFile(run.out / "crops.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["findings.csv", *dict.fromkeys(row["crop"] for row in run.table)]
        for name in archive.namelist():
            assert archive.read(name) == (run.out / name).read_bytes()
    assert {f"crops/{path.name}" for path in (run.out / "crops").iterdir()} == {row["crop"] for row in run.table}


def test_crops_show_the_region_at_full_resolution(run: Run, published: Publisher) -> None:
    pages = {f"p. {n}": page for n, page in enumerate(published.shelf.pages, 1)}
    for row in run.table:
        x, y, width, height = (int(number) / 2 for number in row["xywh"].split(","))
        with Image.open(run.out / row["crop"]) as crop, Image.open(pages[row["page"]].path) as page:
            assert abs(crop.width - width) <= 1 and abs(crop.height - height) <= 1
            there = difference(crop, page, x, y)
            assert there < 8
            beside = min(difference(crop, page, x + dx, y + dy) for dx, dy in ((12, 0), (-12, 0), (0, 12), (0, -12)))
            assert there < beside / 2


def test_crops_of_a_canvas_with_margins(published: Publisher, tmp_path: Path) -> None:
    """Viewers fit an image of other proportions into its canvas, and so do we."""
    book = requests.get(published.manifest(), timeout=60).json()
    for item in book["items"]:
        item["width"] *= 2
    file = tmp_path / "book.json"
    file.write_text(json.dumps(book))
    outcome = Book(str(file), LAYER, tmp_path / "out", settings(published)).annotate(lambda done, total: None)
    rows = Run(tmp_path / "out", outcome, book).table
    pages, told = {f"p. {n}": page for n, page in enumerate(published.shelf.pages, 1)}, []
    for row in rows:
        x, y, width, height = map(int, row["xywh"].split(","))
        with Image.open(tmp_path / "out" / row["crop"]) as crop, Image.open(pages[row["page"]].path) as page:
            margin = page.width / 2
            if margin <= x and x + width <= margin + page.width:
                part = page.convert("L").crop((x - margin, y, x - margin + width, y + height)).resize(crop.size)
                assert difference(crop, part, 0, 0) < difference(crop, part, 6, 6) / 2
                told.append(row)
    assert told


def difference(crop: Image.Image, page: Image.Image, x: float, y: float) -> float:
    """Mean difference in grey levels between a crop and the page at a place."""
    part = page.convert("L").crop((round(x), round(y), round(x) + crop.width, round(y) + crop.height))
    return float(np.abs(np.asarray(part, float) - np.asarray(crop.convert("L"), float)).mean())


def test_started_again_it_asks_the_publisher_for_no_picture(run: Run, published: Publisher) -> None:
    before = {path: path.read_bytes() for path in run.out.rglob("*.*") if path.is_file() and STATE not in str(path)}
    url = run.manifest["seeAlso"][-1]["id"]
    published.reset()
    outcome = Book(url, LAYER, run.out, settings(published)).annotate(lambda done, total: None)
    assert (outcome.pages, outcome.resumed) == (8, 8)
    assert published.count("/image/") == published.count("/plain/") == 0
    assert [path.name for path, body in before.items() if path.read_bytes() != body] in ([], ["crops.zip"])


def test_a_book_from_a_file(published: Publisher, tmp_path: Path) -> None:
    file = tmp_path / "book.json"
    url = published.manifest(1)
    file.write_bytes(requests.get(url, timeout=60).content)
    published.reset()
    book = Book(str(file), LAYER, tmp_path / "out", settings(published), crops=False)
    assert book.source.url == url, "the id that stands in it"
    outcome = book.annotate(lambda done, total: None)
    assert (outcome.pages, outcome.failed) == (1, ())
    assert published.count("/manifest") == 0
    assert not (tmp_path / "out" / "crops").exists()


def test_pages_that_cannot_be_had_are_told_and_the_others_are_there(published: Publisher, tmp_path: Path) -> None:
    file = tmp_path / "book.json"
    book = requests.get(published.manifest(3), timeout=60).json()
    body = book["items"][1]["items"][0]["items"][0]["body"]
    broken = json.loads(json.dumps(body).replace("/image/", "/404/image/"))
    book["items"][1]["items"][0]["items"][0]["body"] = broken
    file.write_text(json.dumps(book))
    told: list[tuple[int, int]] = []
    one = Book(str(file), LAYER, tmp_path / "out", settings(published))
    outcome = one.annotate(lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert outcome.pages == 3
    (line,) = outcome.failed
    assert line.startswith("p. 2: ") and "/404/image/" in line and "404" in line
    found = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert ["annotations" in item for item in found["items"]] == [True, False, True]

    book["items"][1]["items"][0]["items"][0]["body"] = body  # mended: the same command reads what is missing
    file.write_text(json.dumps(book))
    outcome = Book(str(file), LAYER, tmp_path / "out", settings(published)).annotate(lambda done, total: None)
    assert (outcome.resumed, outcome.failed) == (2, ())


def test_a_publisher_who_does_not_want_machines_is_heard(published: Publisher, tmp_path: Path) -> None:
    book = requests.get(published.manifest(1), timeout=60).json()
    book["requiredStatement"] = {
        "label": {"en": ["Rights"]},
        "value": {"en": ["These images may not be used for machine learning."]},
    }
    file = tmp_path / "book.json"
    file.write_text(json.dumps(book))
    published.reset()
    with pytest.raises(GlossatorError, match=r"may not be used for machine learning.*--override-refusal"):
        Book(str(file), LAYER, tmp_path / "out", settings(published))
    assert published.requests == []
    assert Book(str(file), LAYER, tmp_path / "out", settings(published), override=True).source.refusal


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        ("/iiif/3/collection?books=a,b-7", GlossatorError, r"collection of 2 members.*one by one"),
        ("/iiif/2/collection?books=a", GlossatorError, r"collection of 1 members"),
        ("/404/iiif/3/book/manifest", FetchFailed, r"/404/iiif/3/book/manifest was answered with status 404"),
        ("/invalid-json/iiif/3/book/manifest", NotIIIF, r"not JSON"),
        ("/wrong-type/iiif/3/book/manifest", NotIIIF, r"an HTML page, where a manifest was expected"),
        ("/image/3/nls_107118335_3/info.json", NotIIIF, r"info\.json of an image; give a manifest"),
    ],
)
def test_what_is_no_manifest_is_refused_clearly(
    published: Publisher, tmp_path: Path, path: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        Book(published.url(path), LAYER, tmp_path / "out", settings(published))
    assert not (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("where", "error", "said"),
    [
        ("http://127.0.0.1:9/manifest", FetchRefused, r"127\.0\.0\.1"),
        ("ftp://example.org/manifest", GlossatorError, r"cannot be read.*Give a URL or a file"),
        ("no-such-file.json", GlossatorError, r"no-such-file\.json cannot be read: No such file.*Give a URL or a file"),
        ("local:nothing", GlossatorError, r"no local book"),
    ],
)
def test_what_cannot_be_had_is_told_clearly(
    published: Publisher, tmp_path: Path, where: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        Book(where, LAYER, tmp_path / "out", settings(published))


def test_a_directory_is_about_one_book(published: Publisher, tmp_path: Path) -> None:
    Book(published.manifest(1), LAYER, tmp_path, settings(published))
    with pytest.raises(GlossatorError, match=r"is about .*/book-1/manifest. Choose another --out"):
        Book(published.manifest(2), LAYER, tmp_path, settings(published))
    assert Book(published.manifest(1), LAYER, tmp_path, settings(published)).manifest


def test_backends_that_cannot_be_used_stop_it_before_any_picture_is_fetched(
    published: Publisher, tmp_path: Path
) -> None:
    with pytest.raises(UnknownBackend, match="no-such-backend"):
        Book(published.manifest(2), ("no-such-backend",), tmp_path, settings(published))
    published.reset()
    with pytest.raises(BackendUnavailable, match="has no weights"):
        Book(published.manifest(40), ("yolo",), tmp_path / "yolo", settings(published)).annotate(lambda *_: None)
    assert published.count("/image/") < 40, "not every page of the book was asked for"


def test_the_layers_are_those_asked_for_this_time(published: Publisher, tmp_path: Path) -> None:
    Book(published.manifest(1), ("yolo",), tmp_path, settings(published))
    book = Book(published.manifest(1), LAYER, tmp_path, settings(published))
    assert [layer.name for layer in book.source.layers] == ["illustrations"]


def test_weights_of_ones_own(published: Publisher, tmp_path: Path) -> None:
    """Registered in the data directory, used in another."""
    networks = Path(__file__).parents[1] / "data" / "networks"
    register_weights(networks / "shapes-classify.pt", "shapes", "1", tmp_path / "data" / "models")
    own = settings(published, data=tmp_path / "data")
    outcome = Book(published.manifest(2), ("shapes",), tmp_path / "out", own).annotate(lambda done, total: None)
    assert outcome.failed == ()
    rows = Run(tmp_path / "out", outcome, {}).table
    assert rows and all(row["class"] and row["xywh"] == row["crop"] == "" for row in rows), "labels of whole pages"
