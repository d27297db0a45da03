"""A source with annotations, for tests: a real store and real services, readings that a test makes up, no engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from iiif_store.annotation import PageView
from iiif_store.export.published import CanvasAnnotations, Published
from iiif_store.item import Item
from iiif_store.links import Links
from iiif_store.manifest import Manifest
from iiif_store.reading import Reading, Recipe
from iiif_store.source import Layer, Source, source_id
from iiif_store.vocabulary import PRESENTATION_3
from ml_backends.types import BackendInfo, Finding
from server.findings import Part
from server.services import Services, build
from server.settings import Settings

LINKS = Links("https://example.org/glossator")
URL = "https://library.example/iiif/book/manifest"
SIZE = (1000, 1500)
LABEL = "A book & <its> pages"
TIME = "2025-03-01T10:00:00Z"


def manifest(canvases: int, size: tuple[int, int] = SIZE, **more: Any) -> bytes:
    """A manifest of version 3; canvas n shows the image `n.jpg` and is called "p. n"."""
    items = [_canvas(n, size) for n in range(1, canvases + 1)]
    told = {"@context": PRESENTATION_3, "id": URL, "type": "Manifest", "label": {"en": [LABEL]}}
    return orjson.dumps({**told, "items": items, **more})


def _canvas(n: int, size: tuple[int, int]) -> dict[str, Any]:
    uri, pixels = f"https://library.example/canvas/{n}", {"width": size[0], "height": size[1]}
    body = {"id": f"https://library.example/images/{n}.jpg", "type": "Image", "format": "image/jpeg", **pixels}
    painting = {"id": f"{uri}/painting", "type": "Annotation", "motivation": "painting", "body": body, "target": uri}
    page = {"id": f"{uri}/page", "type": "AnnotationPage", "items": [painting]}
    return {"id": uri, "type": "Canvas", "label": {"none": [f"p. {n}"]}, **pixels, "items": [page]}


def made_up(book: Manifest, findings: Sequence[Sequence[Finding]], layer: str = "illustrations") -> Published:
    """An export of findings that no store holds; they are in canvas units."""
    info = BackendInfo(layer, "1.2", layer.title(), threshold=0.0)

    def walk() -> Iterator[CanvasAnnotations]:
        for n, (canvas, found) in enumerate(zip(book.canvases, findings, strict=True), 1):
            size = (canvas.width or 1, canvas.height or 1)
            reading = Reading(Recipe(canvas.key, 0, layer, "1.2", "", {}), *size, tuple(found), TIME, TIME)
            view = PageView(reading, Layer(layer, layer), info, canvas, source_id(URL), LINKS)
            yield CanvasAnnotations(n, canvas, LINKS, canvas.painted().images[0].url, (view,))

    return Published(source_id(URL), book.label, URL, LINKS, "glossator test", walk, len(findings))


class Annotated:
    """One source in a data directory of its own. `findings` on each canvas, of the layer `illustrations`."""

    def __init__(self, data: Path, findings: Sequence[Sequence[Finding]], *, document: bytes | None = None) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.settings = Settings(data=data, allow_hosts=("127.0.0.1",))
        self.services: Services = build(self.settings)
        document = document or manifest(len(findings))
        self.layer = Layer("illustrations", "illustrations", threshold=0.0)
        store = self.services.store
        digest = store.put_snapshot(document)
        number = len(orjson.loads(document)["items"])
        self._id = source_id(URL)
        store.put_source(Source(self._id, URL, "manifest", LABEL, (self.layer,), TIME, digest, TIME, canvases=number))
        self.put(dict(enumerate(findings)))

    @property
    def source(self) -> Source:
        return self.services.sources.open(self._id)

    def put(self, findings: Mapping[int, Sequence[Finding]], size: tuple[int, int] = SIZE) -> None:
        """Readings of canvases, by place from 0; findings in pixels of a picture of `size`."""
        canvases = self.services.sources.manifest(self.source).canvases
        for place, found in findings.items():
            task = self.services.recipes.task(self.source, canvases[place], self.layer)
            self.services.store.put_reading(
                Reading(task.recipe, *size, tuple(found), TIME, TIME, software="glossator test")
            )

    def published(self, *layers: str) -> Published:
        return self.services.findings.published(self.source, LINKS, Part(layers=layers))

    def items(self, *layers: str) -> list[list[Item]]:
        """What is published on each canvas."""
        return [list(page.items()) for page in self.published(*layers)]

    def layers(self) -> list[str]:
        return [layer.name for layer in self.source.layers]
