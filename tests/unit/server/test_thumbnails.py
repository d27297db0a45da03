"""Small pictures for the list of books."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iiif_store.errors import NotIIIF
from iiif_store.load import parse
from server.web.thumbnails import thumbnail

SERVICE = {"id": "https://a.example/i", "type": "ImageService3", "profile": "level2"}


def book(thumbnails: list[dict[str, Any]] | None = None, **body: Any) -> Any:
    image = {"id": "https://a.example/i/full/max/0/default.jpg", "type": "Image", "width": 3000, "height": 4000} | body
    canvas = "https://a.example/c"
    painting = {"id": "p", "type": "Annotation", "motivation": "painting", "body": image, "target": canvas}
    page = {"id": "https://a.example/ap", "type": "AnnotationPage", "items": [painting]}
    document: dict[str, Any] = {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": "https://a.example/m",
        "type": "Manifest",
        "label": {"en": ["A book"]},
        "items": [{"id": canvas, "type": "Canvas", "width": 3000, "height": 4000, "items": [page]}],
    }
    return parse(document | ({"thumbnail": thumbnails} if thumbnails else {}))


def test_what_the_publisher_offers_comes_first() -> None:
    offer = {"id": "https://a.example/t.jpg", "type": "Image", "width": 90, "height": 120}
    assert thumbnail(book([offer]), "") == {"src": "https://a.example/t.jpg", "width": 90, "height": 120}


def test_a_service_is_asked_for_a_small_one() -> None:
    found = thumbnail(book(service=[SERVICE]), "")
    assert found == {"src": "https://a.example/i/full/300,/0/default.jpg", "width": 300, "height": 400}


def test_a_giant_without_a_service_is_not_sent() -> None:
    assert thumbnail(book(), "") is None
    assert thumbnail(book(width=600, height=800), "") is not None


def test_a_local_picture_gets_our_address_and_a_script_none() -> None:
    found = thumbnail(book(id="local:image/3/x/full/max/0/default.jpg", width=600, height=800), "https://b.example/g")
    assert found and found["src"] == "https://b.example/g/iiif/image/3/x/full/max/0/default.jpg"
    assert thumbnail(book([{"id": "javascript:alert(1)", "type": "Image"}]), "") is None


def test_every_real_manifest_has_one_or_none(shared_data: Path) -> None:
    found = []
    for file in sorted((shared_data / "manifests" / "real").rglob("*.json")):
        try:
            found.append(thumbnail(parse(file.read_bytes(), url="https://a.example/m"), ""))
        except NotIIIF:
            continue
    offered = [one for one in found if one]
    assert len(offered) > len(found) / 2
    assert all(one["src"].startswith(("http://", "https://")) for one in offered)
