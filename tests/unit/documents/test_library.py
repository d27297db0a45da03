"""iiif_store as a library, without a server: open, look, annotate, save."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import iiif_store as iiif
from iiif_store.fetch.remote import Remote
from iiif_store.shape import JSON
from tests.publisher import Publisher
from tests.unit.documents.readings import manifest as plain_manifest

FINDING = iiif.Finding("classifying", iiif.Box(10, 20, 100, 50), "illustration", score=0.9)
INFO = iiif.BackendInfo("finder", "1.0", "Finder", threshold=0.99)


@pytest.fixture
def opened(publisher: Publisher, make_remote: Callable[..., Remote]) -> iiif.Manifest:
    found = iiif.load(publisher.url("/iiif/2/book-3/manifest"), make_remote())
    assert isinstance(found, iiif.Manifest)
    return found


def saved(manifest: iiif.Manifest, path: Path, **options: str) -> JSON:
    manifest.save(path, **options)
    found: JSON = json.loads(path.read_bytes())
    return found


def test_the_whole_way(opened: iiif.Manifest, tmp_path: Path) -> None:
    assert opened.version == "2"
    first, second, _ = opened.canvases
    picture = first.picture(max_edge=400)
    assert max(picture.size) == 400
    page = first.annotate([FINDING], generator=INFO)
    scale = (first.width or 0) / picture.width
    x, y, width, height = map(int, page["items"][0]["target"].rpartition("=")[2].split(","))
    assert (x, y, width, height) == pytest.approx((10 * scale, 20 * scale, 100 * scale, 50 * scale), abs=1)
    assert page["items"][0]["creator"]["name"] == "finder 1.0"
    assert page["items"][0]["created"].endswith("Z")
    second.annotate([], generator="by hand")
    found = saved(opened, tmp_path / "enriched.json")
    assert found["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert found["@context"][-1] == "http://iiif.io/api/presentation/3/context.json"
    embedded = found["items"][0]["annotations"][-1]
    assert "@context" not in embedded
    assert embedded["items"] == page["items"]
    assert found["items"][1]["annotations"][-1]["items"] == []
    assert "annotations" not in found["items"][2]
    assert "machine-generated" in str(found["label"])
    assert opened.id in [link["id"] for link in found["seeAlso"]]


def test_ids_are_placeholders_until_it_is_known_where_it_will_be(opened: iiif.Manifest, tmp_path: Path) -> None:
    opened.canvases[0].annotate([FINDING], generator=INFO)
    found = saved(opened, tmp_path / "a.json")
    assert found["id"].startswith("https://glossator.invalid/")
    url = "https://me.example.org/enriched.json"
    found = saved(opened, tmp_path / "b.json", url=url)
    assert found["id"] == url
    annotation = found["items"][0]["annotations"][-1]["items"][0]
    assert annotation["id"].startswith(url)
    assert "glossator.invalid" not in (tmp_path / "b.json").read_text()


def test_two_pages_on_one_canvas_have_ids_of_their_own(opened: iiif.Manifest, tmp_path: Path) -> None:
    canvas = opened.canvases[0]
    for _ in range(2):
        canvas.annotate([FINDING, FINDING], generator=INFO)
    pages = saved(opened, tmp_path / "a.json")["items"][0]["annotations"]
    ids = [page["id"] for page in pages] + [item["id"] for page in pages for item in page["items"]]
    assert len(ids) == len(set(ids)) == 6


def test_without_a_picture_findings_are_in_canvas_units(opened: iiif.Manifest) -> None:
    page = opened.canvases[0].annotate([FINDING], generator="by hand 1")
    assert page["items"][0]["target"].endswith("#xywh=10,20,100,50")
    assert page["items"][0]["creator"]["name"] == "by hand 1"


def test_every_finding_given_is_written(opened: iiif.Manifest) -> None:
    page = opened.canvases[0].annotate([FINDING], generator=INFO)
    assert INFO.threshold > (FINDING.score or 0)
    assert len(page["items"]) == 1


def test_files_and_dicts_are_opened_too(tmp_path: Path) -> None:
    document = plain_manifest().document
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(document))
    for where in (path, str(path), document):
        assert iiif.load(where).label == "M"
    with pytest.raises(OSError, match=r"nowhere\.json"):
        iiif.load(tmp_path / "nowhere.json")


def test_what_was_only_parsed_cannot_fetch(tmp_path: Path) -> None:
    found = plain_manifest()
    with pytest.raises(iiif.GlossatorError, match=r"iiif_store\.load"):
        found.canvases[0].picture()
    with pytest.raises(iiif.GlossatorError, match=r"iiif_store\.load"):
        found.save(tmp_path / "x.json")
