"""A source as a static site: files that any web server or object store sends, and that open in Mirador alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import orjson
import pyvips

from iiif_store import curated
from iiif_store.annotation import PageView
from iiif_store.canvas import Canvas
from iiif_store.crops import FULL
from iiif_store.enrich import LayerReference, enrich
from iiif_store.errors import GlossatorError
from iiif_store.export import web_annotation
from iiif_store.export.archive import Entry, Skipped
from iiif_store.export.published import CanvasAnnotations, Options, Published
from iiif_store.export.static_canvas import painted_from_files
from iiif_store.export.static_links import StaticLinks
from iiif_store.fetch.pictures import Pictures
from iiif_store.image_api import static_tiles
from iiif_store.jsonld import context_document
from iiif_store.links import Version
from iiif_store.manifest import Manifest
from iiif_store.page import annotation_collection, annotation_list, annotation_page, layer2, page_label
from iiif_store.provenance import agent, record
from iiif_store.shape import JSON, listed
from iiif_store.source import Source
from ml_backends.types import BackendInfo
from server.local import SCHEME, publish
from server.services import Services

VERSIONS: tuple[Version, ...] = ("3", "2")
_IMAGE = f"{SCHEME}image/3/"


@dataclass(slots=True)
class _Layer:
    """What a first walk finds out of a layer: where its pages are."""

    info: BackendInfo | None
    keys: dict[str, int]
    """Key of each canvas that has a page, and its place among them."""
    order: list[str]
    """The same keys."""
    total: int = 0


class Site:
    """One source, or a part of it, under the base of `book`, whose links must be `StaticLinks`."""

    def __init__(self, built: Services, source: Source, book: Published, out: Path, *, images: bool) -> None:
        """`images`: bring the publisher's pictures along too; else only those that live here are files of the site."""
        assert isinstance(book.links, StaticLinks)
        self._built, self._source, self._out, self._links = built, source, out, book.links
        self._book, self._images = book, images
        self._manifest = built.sources.manifest(source)

    def entries(self) -> Iterator[Entry]:
        """All files, those last that name the others."""
        layers = self._layers()
        yield from self._viewer()
        yield self._json(self._links.context(), context_document(self._links))
        moved = {}
        for canvas in self._manifest.canvases:
            if image := self._image(canvas):
                moved[canvas.key] = image
                yield image.entry
        for page in self._book:
            yield from self._pages(page, layers)
        yield from self._provenance(layers)
        yield from self._collections(layers)
        download = self._links.file(self._links.download(self._source.id))
        yield Entry(download, web_annotation.document(self._in_layers(layers), Options()).__iter__)
        manifest = self._moved(moved)
        for version in VERSIONS:
            yield self._enriched(manifest, layers, version)

    def _layers(self) -> dict[str, _Layer]:
        found: dict[str, _Layer] = {}
        for page in self._book:
            names: list[tuple[str, BackendInfo | None, int]] = []
            names += [(curated.LAYER, None, len(page.notes))] if page.notes else []
            names += [(view.layer.name, view.info, len(view.shown())) for view in page.views]
            for name, info, number in names:
                layer = found.setdefault(name, _Layer(info, {}, []))
                layer.keys[page.canvas.key] = len(layer.keys)
                layer.order.append(page.canvas.key)
                layer.total += number
        return dict(sorted(found.items(), key=lambda item: item[0] != curated.LAYER))  # people first, as everywhere

    def _in_layers(self, layers: dict[str, _Layer]) -> Published:
        """The same as it is shown here."""

        def walk() -> Iterator[CanvasAnnotations]:
            for page in self._book:
                yield replace(page, views=tuple(self._shown(view, layers) for view in page.views))

        return replace(self._book, walk=walk)

    def _shown(self, view: PageView, layers: dict[str, _Layer]) -> PageView:
        """With links that name its annotations, between the pages that are there."""
        layer = layers[view.layer.name]
        place = layer.keys[view.canvas.key]
        before, after = layer.order[max(place - 1, 0) : place], layer.order[place + 1 : place + 2]
        links = replace(self._links, at=view.layer.name)
        return replace(view, links=links, previous=next(iter(before), None), next=next(iter(after), None))

    def _pages(self, page: CanvasAnnotations, layers: dict[str, _Layer]) -> Iterator[Entry]:
        source, links = self._source.id, self._links
        for view in page.views:
            shown = self._shown(view, layers)
            yield self._json(links.page(source, page.canvas.key, view.layer.name), annotation_page(shown))
            yield self._json(links.page(source, page.canvas.key, view.layer.name, "2"), annotation_list(shown))
            yield self._json(links.run(view.reading.revision), record(view.reading, links))
        for note in page.notes:
            yield self._json(links.written(source, note.id), curated.written_document(note, links))
        if page.notes:
            written = (page.notes, page.canvas)
            for version, write in (("3", curated.curated_page), ("2", curated.curated_list)):
                uri = links.page(source, page.canvas.key, curated.LAYER, "3" if version == "3" else "2")
                yield self._json(uri, write(*written, source_id=source, links=links))

    def _provenance(self, layers: dict[str, _Layer]) -> Iterator[Entry]:
        for layer in layers.values():
            if layer.info:
                uri = self._links.model(layer.info.name, layer.info.version)
                yield self._json(uri, agent(layer.info, self._links))

    def _collections(self, layers: dict[str, _Layer]) -> Iterator[Entry]:
        source, links = self._source.id, self._links
        for name, layer in layers.items():
            for version in VERSIONS:
                keys = layer.order
                if layer.info is None:
                    told = {"source_id": source, "links": links}
                    document = curated.curated_collection(keys, layer.total, version=version, **told)  # type: ignore[arg-type]
                else:
                    write = annotation_collection if version == "3" else layer2
                    document = write(
                        keys, source_id=source, layer=name, info=layer.info, links=links, total=layer.total
                    )
                yield self._json(links.layer(source, name, version), document)

    def _enriched(self, manifest: Manifest, layers: dict[str, _Layer], version: Version) -> Entry:
        references = [LayerReference(name, _label(layer), frozenset(layer.keys)) for name, layer in layers.items()]
        document = enrich(manifest, references, source=self._source, links=self._links, version=version)
        return self._json(self._links.manifest(self._source.id, version), document)

    def _json(self, uri: str, document: JSON) -> Entry:
        body = publish(orjson.dumps(document, option=orjson.OPT_INDENT_2), self._links.base)
        return Entry(self._links.file(uri), lambda: body)

    def _viewer(self) -> Iterator[Entry]:
        static = Path(__file__).parents[1] / "static"
        for name in ("vendor/mirador/mirador.min.js", "vendor/mirador/LICENSE", "js/site.js", "js/look.js"):
            yield Entry(f"viewer/{Path(name).name}", (static / name).read_bytes)
        template = (files("server") / "templates" / "site.html").read_text("utf-8")
        told = {"title": escape(self._book.title), "software": escape(self._book.software)}
        page = Template(template).substitute(told, original=self._original())
        yield Entry("index.html", page.encode)

    def _original(self) -> str:
        """A link to the publisher's manifest, if it is not at home here."""
        url = self._source.url
        return "" if url.startswith(SCHEME) else f'<a href="{escape(url)}">Original</a>'

    def _image(self, canvas: Canvas) -> _Image | None:
        """The picture of a canvas as files; None where it stays at its publisher's, or where there is none."""
        if not canvas.has_picture:
            return None
        view = canvas.painted()
        url = view.images[0].url
        is_here = view.fills and url.startswith(_IMAGE)
        if not (is_here or self._images):
            return None
        name = url.removeprefix(_IMAGE).partition("/")[0] if is_here else canvas.key
        uri = self._links.image(name)
        open_picture = partial(self._stored, name) if is_here else partial(self._fetched, canvas)
        entry = Entry(f"{self._links.file(uri)}/info.json", partial(self._tiles, name, uri, open_picture), picture=True)
        return _Image(uri, entry)

    def _tiles(self, name: str, uri: str, open_picture: Callable[[], pyvips.Image]) -> bytes:
        try:
            return static_tiles.write(open_picture(), self._out / "images" / name, uri)
        except (GlossatorError, pyvips.Error) as error:
            raise Skipped(str(error)) from error

    def _stored(self, name: str) -> pyvips.Image:
        return pyvips.Image.new_from_file(str(self._built.images.find(name).path))

    def _fetched(self, canvas: Canvas) -> pyvips.Image:
        built = self._built
        pictures = Pictures(built.remote, local=built.local.path, max_bytes=built.settings.max_picture)
        image = pictures.fetch(canvas.painted(), FULL).image.convert("RGB")
        return pyvips.Image.new_from_memory(image.tobytes(), image.width, image.height, 3, "uchar")

    def _moved(self, images: dict[str, _Image]) -> Manifest:
        """The manifest with the pictures that are files here in the place of where they were."""
        if not images:
            return self._manifest
        by_document = {id(canvas.document): canvas for canvas in self._manifest.canvases}
        items = [
            painted_from_files(item, canvas, images[canvas.key].uri)
            if (canvas := by_document.get(id(item))) and canvas.key in images
            else item
            for item in listed(self._manifest.document["items"])
        ]
        document = self._manifest.document | {"items": items}
        return replace(self._manifest, document=document, original=document, version="3")


@dataclass(frozen=True, slots=True)
class _Image:
    """A picture of the site: its base URI, and the file that says that all of it is there."""

    uri: str
    entry: Entry


def _label(layer: _Layer) -> str:
    return page_label(layer.info) if layer.info else curated.LABEL
