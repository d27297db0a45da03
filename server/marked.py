"""Pages to train on from what people marked on IIIF sources: a manifest with annotations, or a source of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import orjson
from PIL.Image import Image

from iiif_store.canvas import Canvas
from iiif_store.errors import GlossatorError
from iiif_store.fetch.pictures import Pictures
from iiif_store.fetch.remote import Remote
from iiif_store.load import load
from iiif_store.manifest import Manifest
from iiif_store.shape import JSON, objects
from iiif_store.source import source_id
from iiif_store.upgrade import upgrade_page
from ml_backends.training import readers
from ml_backends.training.formats.web_annotations import regions_of
from ml_backends.training.pages import Page, Region, UnreadableData
from ml_backends.types import Box
from server.services import build
from server.settings import Settings
from server.wiring import remote_of

Told = Callable[[int, int, str], None]
"""(done, total, what is being done)"""
EDGE = 1280
"""Pixels of the longer side of a page that is trained on."""
Marked = tuple[Canvas, list[JSON]]
"""A canvas and the annotations on it."""


def marked_pages(source: str, folder: Path, settings: Settings, told: Told) -> list[Page]:
    """The canvases of `source` that a person wrote an annotation on, with the regions marked, as files in `folder`.

    `source` is the URL or file of a manifest, or a source in the store by its id or URL: of that, what is kept in the
    store counts, and what the publisher's manifest holds only where there is nothing. What software wrote does not
    count; of labels, those that readers know. Raises UnreadableData where nobody marked anything; fetching raises as
    it does.
    """
    manifest, marked, pictures = _stored(source, settings) or _published(source, settings)
    wanted = [(canvas, people) for canvas, some in marked if (people := [one for one in some if _by_person(one)])]
    if not wanted:
        raise UnreadableData(f"{source}: no canvas has an annotation that a person wrote")
    rights = str(manifest.document.get("rights", ""))
    return readers.pictures(_fetched(wanted, pictures, told), folder, group=manifest.id, licence=rights)


def _published(source: str, settings: Settings) -> tuple[Manifest, list[Marked], Pictures]:
    remote = remote_of(settings)
    found = load(source, remote)
    if not isinstance(found, Manifest):
        raise UnreadableData(f"{source} is a collection; give one of the manifests in it")
    marked = [(canvas, list(_annotations(canvas, remote))) for canvas in found.pictured]
    return found, marked, Pictures(remote, local=lambda url: None, max_bytes=settings.max_picture)


def _stored(source: str, settings: Settings) -> tuple[Manifest, list[Marked], Pictures] | None:
    """None for what is to be had elsewhere: a file, or a URL with nothing kept of it here."""
    built, key = build(settings), source_id(source) if ":" in source else source
    written = built.store.annotations
    having = written.canvases(key)
    if Path(source).is_file() or (source.startswith(("http://", "https://")) and not having):
        return None
    manifest = built.sources.manifest(built.sources.open(key))
    marked = [
        (canvas, [one.document for one in written.on(key, canvas.key)])
        for canvas in manifest.pictured
        if canvas.key in having
    ]
    return manifest, marked, Pictures(built.remote, local=built.local.path, max_bytes=settings.max_picture)


def _annotations(canvas: Canvas, remote: Remote) -> Iterator[JSON]:
    """What the pages of a canvas hold; pages that the manifest only names are fetched."""
    for page in objects(canvas.document.get("annotations")):
        whole = page if "items" in page else upgrade_page(orjson.loads(remote.get(page["id"]).body))
        yield from objects(whole.get("items"))


def _by_person(annotation: JSON) -> bool:
    return all(agent.get("type") != "Software" for agent in objects(annotation.get("creator")))


def _fetched(wanted: list[Marked], pictures: Pictures, told: Told) -> Iterable[tuple[str, Image, list[Region]]]:
    for number, (canvas, marks) in enumerate(wanted, 1):
        if not (canvas.width and canvas.height):
            raise GlossatorError(f"{canvas.id} tells no width and height, so nothing on it can be located.")
        picture = pictures.fetch(canvas.painted(), EDGE).image
        across, down = picture.width / canvas.width, picture.height / canvas.height
        found = [region for one in marks for region in regions_of(one, canvas.width, canvas.height)]
        told(number, len(wanted), "fetching pages")
        yield canvas.id, picture, [Region(region.label, _scaled(region.box, across, down)) for region in found]


def _scaled(box: Box, across: float, down: float) -> Box:
    return Box(box.x * across, box.y * down, box.width * across, box.height * down)
