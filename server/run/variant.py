"""Pictures that a model drew, as files of a run: JPEG at full size, and a manifest that shows them beside the
originals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from iiif_store.annotation import PageView
from iiif_store.errors import StoreUnavailable
from iiif_store.image_api.whole import whole_jpeg
from iiif_store.links import VariantLinks, Version
from iiif_store.manifest import Manifest
from iiif_store.shape import JSON
from iiif_store.stores.images import Images, drawn_image
from iiif_store.variant import drawn_file_body
from server.run.files import Folder, drawn_file
from server.variants import credited, painted_by


@dataclass(frozen=True, slots=True)
class FileLinks(VariantLinks):
    """Where a variant is when the directory of a run is published: the manifest is a file of its own."""

    def manifest(self, source: str, version: Version = "3") -> str:
        return f"{self.base}/{self.file}"

    @property
    def file(self) -> str:
        return f"{self.name}.json"


def save_picture(view: PageView, place: int, manifest: Manifest, images: Images, folder: Folder) -> None:
    """Write what the model drew of a canvas, number `place` of the book, unless the file is there; with rights and
    attribution of the original. Raises StoreUnavailable."""
    found, name = painted_by(view.reading), drawn_file(view, place)
    if found is None or folder.has(name):
        return
    image = drawn_image(view.reading.revision, found[0])
    record, file = images.get(image), images.path(image)
    if record is None or file is None:
        raise StoreUnavailable(f"image {image} is lost though its reading is there: delete the directory and run again")
    folder.write(name, whole_jpeg(credited(record, manifest, view.canvas), file))


def drawn_bodies(views: Iterable[tuple[PageView, int]], links: FileLinks, folder: Folder) -> Mapping[str, JSON]:
    """The painting bodies of the pictures that were saved, by canvas key; a view goes with its place in the book."""
    bodies: dict[str, JSON] = {}
    for view, place in views:
        found, name = painted_by(view.reading), drawn_file(view, place)
        if view.info.variant == links.name and found and folder.has(name):
            label = view.reading.findings[found[0]].label or links.name
            bodies.setdefault(view.canvas.key, drawn_file_body(f"{links.base}/{name}", label, found[1]))
    return bodies
