"""What a container holds: what people wrote and what models found, listed in the order of the canvases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

import orjson

from iiif_store.home import SCHEME
from iiif_store.links import Links
from iiif_store.page import standalone
from iiif_store.shape import listed
from iiif_store.source import Layer, Source
from iiif_store.stores.annotations import Written
from iiif_store.stores.base import Store
from server.curated import MACHINE, Curated
from server.pages import Pages, written
from server.recipes import Recipes
from server.sources import Sources


@dataclass(frozen=True, slots=True)
class Member:
    """One annotation of a source, by the last segment of its URL."""

    name: str
    modified: str
    canvases: tuple[str, ...]
    """Keys of the canvases that it is about, by way of another annotation too."""


class Members:
    """Lists all of them at the cost of one look for each page, and shows some."""

    def __init__(self, store: Store, sources: Sources, recipes: Recipes, pages: Pages, curated: Curated) -> None:
        self._store, self._sources, self._recipes, self._pages = store, sources, recipes, pages
        self._curated = curated
        self._shown = lru_cache(maxsize=50_000)(self._shown_by)  # of a reading, which never changes

    def of(self, source: Source, canvas: str | None = None) -> list[Member]:
        """All members, or those about one canvas: of people first, canvas by canvas; before them what is on none."""
        notes = sorted(self._store.annotations.of(source.id), key=lambda note: (note.created, note.id))
        people = [_member(note) for note in notes]
        found = self._machine(source)
        keys = [canvas.key for canvas in self._sources.manifest(source).canvases]
        placed: dict[str, list[Member]] = {key: [] for key in ("", *keys)}
        for member in people:
            placed[next((key for key in member.canvases if key in placed), "")].append(member)
        members = [member for key, some in placed.items() for member in (*some, *found.get(key, {}).values())]
        return members if canvas is None else [member for member in members if canvas in member.canvases]

    def documents(self, source: Source, members: Sequence[Member], links: Links) -> list[orjson.Fragment]:
        """Each whole, with its own context, as its URL gives it; what was deleted in between is left out."""
        return [orjson.Fragment(body) for body in self._bodies(source, members, links)]

    def _bodies(self, source: Source, members: Sequence[Member], links: Links) -> Iterator[bytes]:
        for _, some in groupby(members, key=lambda member: member.name.rpartition("-")[0]):
            group = list(some)
            if machine := [match for member in group if (match := MACHINE.fullmatch(member.name))]:
                found = self._pages.once(source, *machine[0].groups()[:2])
                view = self._pages.view(*found, links) if found else None
                yield from (written(standalone(view, int(n[3])), source, links) for n in machine if view)
                continue
            for member in group:
                note = self._store.annotations.get(source.id, member.name)
                if note and not note.deleted:
                    yield self._curated.document(note, links)

    def _machine(self, source: Source) -> dict[str, dict[str, Member]]:
        """What the layers publish, as far as it is computed: members by name, by the key of their canvas."""
        manifest, found = self._sources.manifest(source), dict[str, dict[str, Member]]()
        for layer in filter(self._pages.usable, source.layers):
            for task in self._recipes.tasks(source, manifest, layer):
                if not self._store.has_reading(task.revision):
                    continue
                ended, numbers = self._shown(_Where(source, task.canvas, layer, task.revision))
                for n in numbers:
                    name = f"{task.canvas}-{task.revision[:16]}-{n}"
                    found.setdefault(task.canvas, {}).setdefault(name, Member(name, ended, (task.canvas,)))
        return found

    def _shown_by(self, where: _Where) -> tuple[str, tuple[int, ...]]:
        """When a reading ended, and the numbers of its findings that the layer shows."""
        place = self._pages.find(where.source, where.canvas, where.layer.name)
        reading = self._pages.stored(place)
        if reading is None:
            return "", ()
        shown = self._pages.view(place, reading, Links("")).shown()
        return reading.ended, tuple(n for n, _ in shown)


@dataclass(frozen=True, slots=True)
class _Where:
    """A layer on a canvas; the same as another one if it shows the same reading in the same way."""

    source: Source = field(compare=False)
    canvas: str = field(compare=False)
    layer: Layer
    revision: str


def _member(note: Written) -> Member:
    return Member(note.id, note.modified, note.canvases or tuple(_through(note)))


def _through(note: Written) -> Iterator[str]:
    """Keys of the canvases of the models' annotations that it is about."""
    prefix = f"{SCHEME}/annotations/{note.source}/"
    for target in listed(note.document.get("target")):
        iri = target.get("source", target.get("id")) if isinstance(target, dict) else target
        if isinstance(iri, str) and iri.startswith(prefix) and (match := MACHINE.fullmatch(iri.removeprefix(prefix))):
            yield match[1]
