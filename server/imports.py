"""Annotations that somebody brings in files: matched to canvases, and published in layers of their own.

Where they live. What a model found (COCO, YOLO, VIA, ALTO, PAGE, hOCR, and Web Annotations whose creator is Software)
becomes readings in a layer `import-NAME`: it is shown, searched, exported, switched off and removed like any layer, and
names the model that the file names. What people wrote (Web Annotations of a Person or of nobody in particular, and
anything that is imported as `curated`) becomes annotations of people, whole, as if they had been posted one by one.

Importing again. The version of an imported layer is the hash of what it says, and the name of an imported annotation of
people the hash of its content: the same file changes nothing, and a further file replaces only the canvases that are in
it. What another file replaced still dereferences.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import orjson

from iiif_store.canvas import Canvas
from iiif_store.curated import LAYER
from iiif_store.errors import GlossatorError
from iiif_store.imports import formats
from iiif_store.imports.matching import match
from iiif_store.imports.sheets import File, Unreadable
from iiif_store.item import Item
from iiif_store.links import Links
from iiif_store.manifest import Manifest
from iiif_store.reading import Reading
from iiif_store.shape import JSON
from iiif_store.source import Layer, Source
from iiif_store.stores.base import Store
from iiif_store.stores.codec import findings_document
from server.curated import MACHINE, Curated
from server.engine.configuration import release
from server.layers import Layers
from server.placing import Found, Placed, usable
from server.recipes import Recipes, imported
from server.sources import Sources, now


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did."""

    layers: Mapping[str, int]
    """How many annotations each layer has got from these files."""
    new: int
    """Annotations of people that were not there yet."""
    pages: int
    """Sheets that belong to a canvas."""
    problems: tuple[str, ...]
    """One line for each file, sheet or annotation that could not be taken, with the reason."""
    in_order: bool = False
    """Whether no file told which page it is about, and the pages were taken in order."""


class Imports:
    """Knows no HTTP."""

    def __init__(self, store: Store, sources: Sources, recipes: Recipes, curated: Curated) -> None:
        self._store, self._sources, self._recipes, self._curated = store, sources, recipes, curated

    def bring(
        self, source: Source, files: Sequence[File], *, kind: str, name: str, writer: str, links: Links
    ) -> Outcome:
        """Import all of `files`. `name`: of the layer, `curated` for annotations of people; "": as the file tells, else
        the format. Raises Unreadable for a file that cannot be read and for a name of which no layer's name can be
        made, NotFound for a collection."""
        if not usable(name):
            raise Unreadable(f"{name!r} names no layer. Letters a-z and A-Z, digits and _ count; use one or more.")
        manifest = self._sources.manifest(source)
        found_kind, sheets = formats.read(files, kind)
        matched = match(list(sheets), manifest)
        called = source.label or source.url
        problems = [f"{sheet.where}: no canvas of {called} is called so" for sheet in matched.strays]
        problems += formats.unread(files, kind)
        placed = Placed(found_kind, name, links, lambda uri: self._is_here(source, uri, links))
        for canvas, sheet in matched.pairs:
            problems += placed.take(canvas, sheet)
        placed.clear({layer.name for layer in source.layers})
        source, layers = self._listed(source, manifest, placed.layers)
        new, failed = self._people(source, placed.people, writer, links)
        counts = {layer.name: sum(map(len, placed.layers[name].values())) for name, layer in layers.items()}
        counts |= {LAYER: len(placed.people)} if placed.people else {}
        return Outcome(counts, new, len(matched.pairs), (*problems, *failed), matched.in_order)

    def _is_here(self, source: Source, uri: str, links: Links) -> bool:
        """Whether this is the id of an annotation that is published here now."""
        prefix = links.annotations(source.id)
        if not uri.startswith(prefix):
            return False
        name = uri.removeprefix(prefix)
        note = self._store.annotations.get(source.id, name)
        if note is not None:
            return not note.deleted
        machine = MACHINE.fullmatch(name)
        return machine is not None and machine[1] in self._shown(source, machine[2])

    def _shown(self, source: Source, revision: str) -> set[str]:
        """Keys of the canvases on which a reading whose revision begins so is published."""
        reading = self._store.find_reading(revision)
        layers = [layer for layer in source.layers if reading and layer.backend == reading.recipe.backend]
        manifest = self._sources.manifest(source)
        tasks = (task for layer in layers for task in self._recipes.tasks(source, manifest, layer))
        return {task.canvas for task in tasks if reading and task.revision == reading.revision}

    def _layer(self, source: Source, manifest: Manifest, name: str, found: Found) -> Layer:
        """Write the readings of an imported layer: those of these files, and of other canvases what it had before."""
        known = next((layer for layer in source.layers if layer.name == name), None)
        before = dict(self._before(source, manifest, known)) if known else {}
        pages = {canvas.key: self._page(canvas, found, before) for canvas in manifest.pictured}
        version = _digest(pages)
        layer = Layer(name=name, backend=name, version=version)
        if known != layer:
            for canvas in manifest.pictured:
                self._store.put_reading(self._reading(canvas, layer, pages[canvas.key]))
        return layer

    def _before(self, source: Source, manifest: Manifest, layer: Layer) -> Iterator[tuple[str, Reading]]:
        for task in self._recipes.tasks(source, manifest, layer):
            if reading := self._store.get_reading(task.revision):
                yield task.canvas, reading

    def _page(self, canvas: Canvas, found: Found, before: Mapping[str, Reading]) -> Reading | list[Item]:
        return found[canvas.key] if canvas.key in found else before.get(canvas.key, [])

    def _reading(self, canvas: Canvas, layer: Layer, page: Reading | list[Item]) -> Reading:
        recipe = self._recipes.recipe(canvas.painted(), imported(layer.backend, layer.version or ""))
        if isinstance(page, Reading):
            return replace(page, recipe=recipe)
        time = max((item.created for item in page if item.created), default="") or now()
        return Reading(
            recipe=recipe,
            width=canvas.width or 1,
            height=canvas.height or 1,
            findings=tuple(item.finding for item in page),
            started=time,
            ended=time,
            software=f"glossator {release()}",
            maker=_maker(page),
        )

    def _listed(
        self, source: Source, manifest: Manifest, found: Mapping[str, Found]
    ) -> tuple[Source, Mapping[str, Layer]]:
        """Write the layers and publish them. One that somebody else writes meanwhile is written again, upon his."""
        while True:
            layers = {name: self._layer(source, manifest, name, page) for name, page in found.items()}
            written = frozenset(layers.values())
            if not written <= {*source.layers}:
                source = self._sources.change(source, layers=partial(_published, seen=source.layers, written=written))
            if written <= {*source.layers}:
                return source, layers

    def _people(
        self, source: Source, notes: Sequence[tuple[str, JSON]], writer: str, links: Links
    ) -> tuple[int, list[str]]:
        """How many were not there yet, and what could not be taken."""
        new, problems = 0, []
        for where, document in notes:
            name = self._name(source, document)
            if name is None:
                continue
            try:
                self._curated.add(source, document, slug=name, writer=writer, links=links)
                new += 1
            except GlossatorError as error:
                problems.append(f"{where}: {error}")
        return new, problems

    def _name(self, source: Source, document: JSON) -> str | None:
        """A free name made of the content; None if this very annotation is there. One that was deleted comes again
        under another name, since none is used twice."""
        told = {key: value for key, value in document.items() if key != "@context"}
        base = f"import-{hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]}"
        number, name = 1, base
        while known := self._store.annotations.get(source.id, name):
            if not known.deleted:
                return None
            number += 1
            name = f"{base}-{number}"
        return name


def _maker(items: Sequence[Item]) -> str:
    return ", ".join(dict.fromkeys(item.maker for item in items if item.maker))


def _digest(pages: Mapping[str, Reading | list[Item]]) -> str:
    """Of what a layer says; dates do not count."""
    digest = hashlib.sha256()
    for key, page in sorted(pages.items()):
        findings = page.findings if isinstance(page, Reading) else [item.finding for item in page]
        maker = page.maker if isinstance(page, Reading) else _maker(page)
        digest.update(orjson.dumps([key, maker, findings_document(findings)]))
    return digest.hexdigest()[:12]


def _by_name(layers: Layers) -> dict[str, Layer]:
    return {layer.name: layer for layer in layers}


def _published(now: Layers, seen: Layers, written: Iterable[Layer]) -> Layers:
    """`now` with what was written upon `seen`, but for layers that are something else by now."""
    known, before = _by_name(now), _by_name(seen)
    unchanged = {layer.name: layer for layer in written if known.get(layer.name) == before.get(layer.name)}
    return tuple((known | unchanged).values())
