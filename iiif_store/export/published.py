"""What an export is made of: everything that is published of one source, canvas by canvas, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..annotation import PageView, annotation
from ..canvas import Canvas
from ..curated import LAYER, written
from ..fetch.pictures import Pictures
from ..item import Item, item_of, items_of
from ..links import Links
from ..shape import JSON
from ..stores.annotations import Written


@dataclass(frozen=True, slots=True)
class CanvasAnnotations:
    """One canvas with all that is published on it."""

    number: int
    """Its place in the manifest, from 1."""
    canvas: Canvas
    """Its id is the public one; its document names what lives here as `local:`."""
    links: Links
    image: str
    """Public URL of the (first) image that it paints; "" if it shows none."""
    views: tuple[PageView, ...] = ()
    """One for each layer that is computed here, in the order of the layers."""
    notes: tuple[Written, ...] = ()
    """What people wrote on it, oldest first."""

    @property
    def stem(self) -> str:
        """A file name without suffix: its place, so that files sort, and its key, by which it is found again."""
        return f"{self.number:04d}-{self.canvas.key}"

    @property
    def is_read(self) -> bool:
        """Whether a layer was computed here, or a person wrote: otherwise nothing is known of the page."""
        return bool(self.views or self.notes)

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in canvas units; None: it has none."""
        return (self.canvas.width, self.canvas.height) if self.canvas.width and self.canvas.height else None

    def annotations(self) -> Iterator[tuple[str, JSON]]:
        """(layer, annotation) in order: what people wrote, then layer by layer; none has a context of its own."""
        for note in self.notes:
            yield LAYER, written(note, self.links)
        for view in self.views:
            for n, finding in view.shown():
                yield view.layer.name, annotation(finding, n, view)

    def items(self) -> Iterator[Item]:
        """The same, flattened."""
        for note in self.notes:
            yield item_of(written(note, self.links), self.size, layer=LAYER)
        for view in self.views:
            yield from items_of(view)

    def examples(self) -> Iterator[Item]:
        """What a model may learn from: all but remarks, which name no class."""
        return (item for item in self.items() if item.layer != LAYER or item.finding.label or item.is_text)


@dataclass(frozen=True, slots=True)
class Published:
    """All of a source, or a part of it. May be walked any number of times; each walk reads the store anew, so that no
    more than one canvas is in memory."""

    source: str
    title: str
    manifest: str
    """URL of the publisher's manifest."""
    links: Links
    software: str
    """"glossator 0.1.0"."""
    walk: Callable[[], Iterator[CanvasAnnotations]]
    """Canvases in the order of the manifest, those without annotations too."""
    canvases: int = 0
    """How many a walk gives."""
    loose: Callable[[], Iterator[Written]] = field(default=lambda: iter(()))
    """What people wrote about the manifest or about other annotations, and thus on no canvas."""
    rights: str | None = None
    """The publisher's."""
    original: Callable[[], bytes] = bytes
    """The publisher's manifest as delivered."""
    cards: Callable[[PageView], Mapping[str, bytes]] = field(default=lambda view: {})
    """Files that tell of the model behind a view, by name: its card."""

    def __iter__(self) -> Iterator[CanvasAnnotations]:
        return self.walk()

    def pages(self) -> Iterator[CanvasAnnotations]:
        """The canvases that have a size, which page formats need."""
        return (page for page in self if page.size)

    def examples(self) -> Iterator[CanvasAnnotations]:
        """Those of them that were read. In a data set a page without a box says that there is nothing to find."""
        return (page for page in self.pages() if page.is_read)


@dataclass(frozen=True, slots=True)
class Options:
    """What formats with files of their own can be told."""

    size: int = 1280
    """Longest side in pixels of the pictures of a data set."""
    pictures: Pictures | None = None
    """Where pictures are fetched; formats without pictures need none."""
    crate: str = "1.2"
    """Version of RO-Crate."""
    folder: Path | None = None
    """The directory that is written to, which may hold an earlier export; None: something new is made."""


Writer = Callable[[Published, Options], Iterable[bytes]]
