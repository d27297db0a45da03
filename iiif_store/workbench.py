"""What the canvases of `iiif_store.load` work with: the network, the clock, and a place for what is added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
from PIL.Image import Image

from ml_backends.types import BackendInfo, Finding

from .annotation import PageView
from .canvas import Canvas
from .credit import suffixed
from .embed import NOWHERE
from .enrich import enrich
from .errors import NoPicture
from .fetch.pictures import Pictures
from .fetch.remote import Remote
from .links import Links
from .manifest import Manifest
from .page import annotation_page
from .reading import Reading, Recipe
from .shape import JSON, listed
from .source import Layer, Source, source_id
from .vocabulary import PRESENTATION_3, WEB_ANNOTATION


class Workbench:
    """Of one manifest, for one thread."""

    def __init__(self, remote: Remote) -> None:
        self.remote = remote
        self._pictures = Pictures(remote, local=lambda url: None)
        self._shown: dict[str, Reading] = {}
        """By canvas: an empty reading of the picture that was delivered last."""
        self._views: list[PageView] = []

    def picture(self, canvas: Canvas, max_edge: int) -> Image:
        """As `Pictures.fetch`; its size is what the next findings on this canvas are measured in."""
        delivered = self._pictures.fetch(canvas.painted(), max_edge)
        width, height = delivered.image.size
        self._shown[canvas.key] = _reading(canvas, width, height, delivered.inputs, delivered.digest)
        return delivered.image

    def annotate(self, canvas: Canvas, findings: Sequence[Finding], generator: BackendInfo | str) -> JSON:
        """Keep a page of all `findings` for `save`, and return it."""
        info = BackendInfo(generator, "", generator) if isinstance(generator, str) else generator
        shown = self._shown.get(canvas.key) or _reading(canvas, canvas.width or 1, canvas.height or 1)
        earlier = sum(view.canvas.key == canvas.key and view.info.name == info.name for view in self._views)
        name = f"{info.name}-{earlier + 1}" if earlier else info.name
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        recipe = replace(shown.recipe, backend=info.name, version=info.version, parameters={"page": earlier})
        reading = replace(shown, recipe=recipe, findings=tuple(findings), started=now, ended=now)
        layer = Layer(name, info.name, info.version, threshold=0.0)
        view = PageView(reading, layer, info, canvas, source_id(canvas.id), Links(NOWHERE))
        page = annotation_page(view)
        self._views.append(view)
        return page

    def save(self, manifest: Manifest, path: str | Path, url: str | None) -> None:
        """As `Manifest.save`."""
        links = Links(url.rstrip("/") if url else NOWHERE)
        source = _source(manifest)
        document = enrich(manifest, (), source=source, links=links)
        if self._views:
            document |= suffixed(manifest.document, links)
            document["items"] = [self._with_pages(item, links) for item in document["items"]]
            contexts = [item for item in listed(document["@context"]) if item not in (WEB_ANNOTATION, PRESENTATION_3)]
            document["@context"] = [WEB_ANNOTATION, *contexts, PRESENTATION_3]
        document["id"] = url or links.manifest(source.id)
        Path(path).write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))

    def _with_pages(self, item: JSON, links: Links) -> JSON:
        """A canvas with its pages embedded, where they have no context of their own (P3, 4.6)."""
        views = [replace(view, links=links) for view in self._views if view.canvas.document["id"] == item.get("id")]
        pages = [{key: value for key, value in annotation_page(view).items() if key != "@context"} for view in views]
        return item | {"annotations": listed(item.get("annotations")) + pages} if pages else item


def _reading(canvas: Canvas, width: int, height: int, inputs: tuple[str, ...] = (), digest: str = "") -> Reading:
    try:
        reference = canvas.painted().reference
    except NoPicture:
        reference = canvas.id
    return Reading(Recipe(reference, 0, "", "", ""), width, height, (), "", "", inputs=inputs, digest=digest)


def _source(manifest: Manifest) -> Source:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Source(
        source_id(manifest.id), manifest.id, "manifest", manifest.label, (), added=now, snapshot="", fetched=now
    )
