"""A publisher's Manifest or Collection, in version 3 terms, with the document as it was delivered beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .canvas import Canvas, Desk, canvas_keys
from .errors import GlossatorError, NotFound
from .language import plain
from .links import Version
from .refusal import refusal
from .shape import JSON, identifier, kind, objects, string, whole

if TYPE_CHECKING:
    from typing import Protocol

    class SavingDesk(Desk, Protocol):
        def save(self, manifest: Manifest, path: str | Path, url: str | None) -> None: ...


@dataclass(frozen=True, eq=False)
class Manifest:
    """`document` and `original` are shared by all who ask: not to be changed."""

    document: JSON
    """Version 3, repaired."""
    original: JSON
    """As delivered."""
    version: Version
    """In which the publisher wrote it."""
    repairs: tuple[str, ...] = ()
    """The names of what had to be mended."""
    desk: SavingDesk | None = None

    @property
    def id(self) -> str:
        return identifier(self.document) or ""

    @cached_property
    def label(self) -> str:
        """For people, in one language."""
        return plain(self.document.get("label"))

    @cached_property
    def canvases(self) -> Sequence[Canvas]:
        """In the order of the manifest. Scenes and timelines of version 4 are none."""
        found = [item for item in self.document["items"] if kind(item) == "Canvas"]
        keys = canvas_keys(item["id"] for item in found)
        return tuple(_canvas(item, key, self.desk) for item, key in zip(found, keys, strict=True))

    def canvas(self, key: str) -> Canvas:
        """The canvas with this key; raises NotFound."""
        if key not in self._by_key:
            raise NotFound(f"{self.id} has no canvas {key}.")
        return self._by_key[key]

    @cached_property
    def pictured(self) -> Sequence[Canvas]:
        """The canvases that show a picture: those that have annotation pages."""
        return tuple(canvas for canvas in self.canvases if canvas.has_picture)

    def neighbours(self, key: str) -> tuple[str | None, str | None]:
        """The keys of the canvases with a picture before and after one; None at the ends."""
        keys = self._pictured_keys
        place = keys.get(key)
        if place is None:
            return None, None
        order = self.pictured
        before = order[place - 1].key if place else None
        return before, order[place + 1].key if place + 1 < len(order) else None

    @cached_property
    def refusal(self) -> str | None:
        """The publisher's statement against use by machines, as found."""
        return refusal(self.document)

    def save(self, path: str | Path, *, url: str | None = None) -> None:
        """Write the manifest with all that `Canvas.annotate` added, embedded. `url` is where the file will be
        published; without one its ids are placeholders. Only of `iiif_store.load`."""
        if self.desk is None:
            raise GlossatorError(f"{self.id} was parsed on its own. Open it with iiif_store.load to save it.")
        self.desk.save(self, path, url)

    @cached_property
    def _by_key(self) -> dict[str, Canvas]:
        return {canvas.key: canvas for canvas in self.canvases}

    @cached_property
    def _pictured_keys(self) -> dict[str, int]:
        return {canvas.key: place for place, canvas in enumerate(self.pictured)}


@dataclass(frozen=True, slots=True)
class Member:
    """A manifest or collection that a collection links to."""

    id: str
    """The exact URL."""
    kind: Literal["manifest", "collection"]
    label: str


@dataclass(frozen=True, eq=False)
class Collection:
    """`document` and `original` are shared by all who ask: not to be changed."""

    document: JSON
    original: JSON
    version: Version
    repairs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return identifier(self.document) or ""

    @cached_property
    def label(self) -> str:
        return plain(self.document.get("label"))

    @cached_property
    def members(self) -> Sequence[Member]:
        """All that it links to, in order and each once: members, those of collections inside it, further pages."""
        found = {member.id: member for member in [*_members(self.document), *_pages(self.document)]}
        return tuple(found.values())

    @cached_property
    def refusal(self) -> str | None:
        return refusal(self.document)


def _canvas(document: JSON, key: str, desk: Desk | None) -> Canvas:
    size = whole(document.get("width")), whole(document.get("height"))
    return Canvas(document["id"], key, plain(document.get("label")), *size, document, desk)


def _members(collection: JSON) -> Iterator[Member]:
    for item in objects(collection.get("items")):
        uri = string(identifier(item))
        if uri and kind(item) in ("Manifest", "Collection"):
            is_collection = kind(item) == "Collection"
            yield Member(uri, "collection" if is_collection else "manifest", plain(item.get("label")))
        yield from _members(item) if kind(item) == "Collection" else ()


def _pages(collection: JSON) -> Iterator[Member]:
    """The further pages of a long collection (P2, 5.8)."""
    for key in ("first", "last", "next", "prev"):
        if uri := string(identifier(collection.get(key))):
            yield Member(uri, "collection", "")
