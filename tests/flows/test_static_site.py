"""A static site holds everything that its documents name, under whatever base it is put."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from PIL import Image

from iiif_store.links import Links
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.reading import Reading
from iiif_store.source import source_id
from ml_backends.types import Box, Finding
from server.cli import main
from server.services import build
from server.settings import Settings
from tests.annotated import Annotated
from tests.flows.test_exports import NOTE, PAGES
from tests.publisher import Publisher

BASE = "https://static.example/books/one"


def export(data: Path, source: str, out: Path, *more: str) -> Path:
    command = ["export", source, "--format", "static", "--out", str(out), "--base-url", f"{BASE}/", *more]
    told = CliRunner().invoke(main, command, env={"GLOSSATOR_DATA": str(data)})
    assert told.exit_code == 0, (told.output, told.exception)
    return out


def documents(site: Path) -> Iterator[tuple[Path, Any]]:
    for path in [*site.rglob("*.json"), *site.rglob("*.jsonld")]:
        yield path, orjson.loads(path.read_bytes())


def ids(value: Any) -> Iterator[str]:
    """Every URL of the site's that a document names."""
    if isinstance(value, dict):
        for item in value.values():
            yield from ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from ids(item)
    elif isinstance(value, str) and value.startswith(f"{BASE}/"):
        yield value


def missing(site: Path) -> set[str]:
    """Named and not there. Image services stand for their info.json; the page itself for index.html."""
    named = {uri.partition("#")[0].partition("?")[0] for _, document in documents(site) for uri in ids(document)}
    paths = {uri.removeprefix(f"{BASE}/") or "index.html" for uri in named}
    return {path for path in paths if not (site / path).is_file() and not (site / path / "info.json").is_file()}


def test_everything_that_is_named_is_there(tmp_path: Path) -> None:
    book = Annotated(tmp_path / "data", PAGES)
    book.services.curated.add(book.source, NOTE, slug="", writer="Ada", links=Links("http://localhost"))
    site = export(book.settings.data, book.source.id, tmp_path / "site")
    assert missing(site) == set()
    manifest = parse((site / "manifest.json").read_bytes(), url=f"{BASE}/manifest.json")
    assert isinstance(manifest, Manifest) and manifest.id == f"{BASE}/manifest.json"
    one, two, three = (canvas.document for canvas in manifest.canvases)
    assert one["items"][0]["items"][0]["body"]["id"] == "https://library.example/images/1.jpg", "stays at its publisher"
    assert [page["id"] for page in two["annotations"]] == [
        f"{BASE}/pages/3/{manifest.canvases[1].key}/{name}.json" for name in ("curated", "illustrations")
    ]
    assert len(three["annotations"]) == 1, "what was read and is empty is listed"
    page = orjson.loads((site / f"pages/3/{manifest.canvases[0].key}/illustrations.json").read_bytes())
    assert page["items"][0]["id"].startswith(f"{page['id']}#") and "prev" not in page and "next" in page
    old = orjson.loads((site / "manifest-2.json").read_bytes())
    lists = old["sequences"][0]["canvases"][0]["otherContent"]
    assert lists[0]["@id"] == f"{BASE}/pages/2/{manifest.canvases[0].key}/illustrations.json"
    text = (site / "index.html").read_text()
    assert not re.search(
        r'(?:src|href)="(?!data:,|viewer/|manifest\.json|annotations\.jsonld|https://library\.example)', text
    )
    collection = orjson.loads((site / "layers/3/illustrations.json").read_bytes())
    assert collection["total"] == 2


@pytest.fixture
def sample(tmp_path: Path) -> tuple[Path, str]:
    """The sample with an imported layer: its pictures live here."""
    settings = Settings(data=tmp_path / "data")
    built = build(settings)
    source, _ = built.sources.register("local:sample", backends=("illustrations",))
    for canvas in built.sources.manifest(source).canvases[:2]:
        task = built.recipes.task(source, canvas, source.layers[0])
        found = (Finding("classifying", Box(100, 100, 300, 200), "illustration", score=0.9),)
        built.store.put_reading(Reading(task.recipe, canvas.width or 1, canvas.height or 1, found, "t", "t"))
    assert source.id == source_id("local:sample")
    return settings.data, source.id


def test_pictures_that_live_here_are_files_of_level_0(tmp_path: Path, sample: tuple[Path, str]) -> None:
    site = export(*sample, tmp_path / "site")
    assert missing(site) - {name for name in missing(site) if "/canvas/" in name or "/original" in name} == set()
    assert b"local:" not in (site / "manifest.json").read_bytes()
    manifest = parse((site / "manifest.json").read_bytes(), url=f"{BASE}/manifest.json")
    assert isinstance(manifest, Manifest)
    for canvas in manifest.canvases:
        (image,) = canvas.painted().images
        folder = site / image.url.removeprefix(f"{BASE}/").partition("/full/")[0]
        info = orjson.loads((folder / "info.json").read_bytes())
        assert image.service and info["id"] == image.service.id and info["profile"] == "level0"
        assert (info["width"], info["height"]) == (canvas.width, canvas.height)
        assert len(info["sizes"]) == len(info["tiles"][0]["scaleFactors"]), "OpenSeadragon takes them for the levels"
        for size in info["sizes"]:
            with Image.open(folder / "full" / f"{size['width']},{size['height']}" / "0" / "default.jpg") as picture:
                assert picture.size == (size["width"], size["height"])
        for x, y, w, h, path in tiles(info):
            with Image.open(folder / f"{x},{y},{w},{h}" / path / "0" / "default.jpg") as picture:
                assert ",".join(map(str, picture.size)) == path
        with Image.open(folder / "full/max/0/default.jpg") as picture:
            assert picture.size == (info["width"], info["height"])


def tiles(info: dict[str, Any]) -> Iterator[tuple[int, int, int, int, str]]:
    """What a viewer asks for, as OpenSeadragon computes it (Image API 3.0, implementation notes)."""
    edge, width, height = info["tiles"][0]["width"], info["width"], info["height"]
    for factor in info["tiles"][0]["scaleFactors"]:
        if max(-(-width // factor), -(-height // factor)) <= edge:
            continue
        for x in range(0, width, edge * factor):
            for y in range(0, height, edge * factor):
                w, h = min(edge * factor, width - x), min(edge * factor, height - y)
                yield x, y, w, h, f"{-(-w // factor)},{-(-h // factor)}"


def test_a_second_export_makes_no_picture_again(tmp_path: Path, sample: tuple[Path, str]) -> None:
    site = export(*sample, tmp_path / "site")
    pictures = {path: path.stat().st_mtime_ns for path in site.rglob("default.jpg")}
    lost = next(site.rglob("info.json"))
    lost.unlink()
    export(*sample, tmp_path / "site")
    changed = {path for path, time in pictures.items() if path.stat().st_mtime_ns != time}
    assert lost.exists() and changed and all(path.is_relative_to(lost.parent) for path in changed)


def test_the_publishers_pictures_come_along_if_asked(
    tmp_path: Path, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLOSSATOR_ALLOW_HOSTS", publisher.host)
    built = build(Settings(data=tmp_path / "data", allow_hosts=(publisher.host,)))
    source, _ = built.sources.register(publisher.manifest(2, "2"), backends=("illustrations",))
    site = export(tmp_path / "data", source.id, tmp_path / "site", "--images")
    assert missing(site) == set()
    manifest = parse((site / "manifest.json").read_bytes(), url=f"{BASE}/manifest.json")
    assert isinstance(manifest, Manifest)
    assert [canvas.id for canvas in manifest.canvases] == [
        canvas.id for canvas in built.sources.manifest(source).canvases
    ]
    for canvas in manifest.canvases:
        (image,) = canvas.painted().images
        assert image.url == f"{BASE}/images/{canvas.key}/full/max/0/default.jpg"
        with Image.open(site / image.url.removeprefix(f"{BASE}/")) as picture:
            assert abs(picture.width / picture.height - (canvas.width or 1) / (canvas.height or 1)) < 0.01
