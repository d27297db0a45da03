"""Where a folder of scans becomes a book: pictures into the store, a manifest around them."""

from __future__ import annotations

import platform
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar, cast

import orjson

from iiif_store import scanned
from iiif_store.language import plain
from iiif_store.scanned import Leaf
from iiif_store.shape import JSON
from iiif_store.source import source_id
from iiif_store.stores import files
from iiif_store.stores.base import Store
from iiif_store.stores.images import ImageRecord
from server.scans import archive, folder
from server.scans.names import key, slug, stem
from server.scans.pictures import Darkroom, Said
from server.scans.selection import Item, LeftOut, NotScans, Selection
from server.settings import Settings

T = TypeVar("T")

Told = Callable[[int, int, str], None]
"""(files done, files in all, the one that comes next)"""


@dataclass(frozen=True, slots=True)
class Step:
    """How far the work is, in files; `doing` is the one that comes next."""

    done: int
    total: int
    doing: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What its owner says of a book. None: nothing, or what was said before; "": nothing any more."""

    label: str | None = None
    rights: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True)
class Scanned:
    """A book that is ready to be registered."""

    url: str
    document: bytes
    pages: int
    made: int
    """Pictures that were not here before."""
    left_out: tuple[LeftOut, ...]

    def told(self) -> JSON:
        """What became of the files, for people."""
        return {"pages": self.pages, "made": self.made, "left_out": [asdict(one) for one in self.left_out]}


class Scanner:
    """Any number of threads and processes may work at once: whoever makes a picture second, finds it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings

    @property
    def scratch(self) -> Path:
        """Where files lie while they are looked at; on the disk of the data directory, since they are large."""
        place = self._settings.data / "run" / "scans"
        with files.explained(place):
            place.mkdir(parents=True, exist_ok=True)
        return place

    def select(self, path: Path, *, recursive: bool = False, label: str | None = None) -> Selection:
        """The files in a folder or zip; a zip is taken whole. `label`: what it is called, if not like the file. Raises
        NotScans."""
        most = self._settings.max_scans
        if path.is_dir():
            return folder.listed(path, recursive=recursive, most=most)
        try:
            is_zip = archive.is_zip(path)
        except OSError as error:
            raise NotScans(f"{path} cannot be read: {error.strerror}.") from error
        if not is_zip:
            raise NotScans(
                f"{path} is neither a folder nor a zip. Give the folder that the pictures are in; a manifest by its "
                "URL, or as a file to 'glossator run'."
            )
        size = self._settings.max_upload
        return archive.listed(path, label=label or path.name, most=most, most_bytes=size, scratch=self.scratch)

    def scan(
        self, chosen: Selection, wishes: Wishes, *, created: str, name: str | None = None
    ) -> Generator[Step, None, Scanned]:
        """Make what is missing, telling each step, and return the book. `name`: what it is called here, for ever; None:
        by its content. What cannot be read is left out with the reason. Raises NotScans if there is nothing to be seen,
        or what is wished for cannot be; StoreUnavailable."""
        wished = self._said_before(url_of(name), wishes) if name else wishes
        said = _properties(wished, chosen.label)
        darkroom = Darkroom(self._store.images, self.scratch, max_pixels=self._settings.max_pixels)
        work = _Work(darkroom, self._settings.max_scans)
        record = Said(created, said.get("rights"), wished.attribution or None)
        for done, item in enumerate(chosen.items):
            yield Step(done, len(chosen.items), item.name)
            work.add(item, record)
        yield Step(len(chosen.items), len(chosen.items), "")
        left_out = (*chosen.left_out, *work.left_out)
        if not work.leaves:
            raise NotScans(_nothing(chosen.label, left_out))
        url = url_of(name or _name(wished.label or chosen.label, work.leaves))
        if not name:
            said = _properties(self._said_before(url, wishes), chosen.label)
        return Scanned(url, document(url, said, work.leaves), len(work.leaves), work.made, left_out)

    def _said_before(self, url: str, wishes: Wishes) -> Wishes:
        """With what the book says already, as far as nothing else is wished for."""
        source = self._store.get_source(source_id(url))
        if source is None or source.deleted or not source.snapshot:
            return wishes
        book = orjson.loads(self._store.get_snapshot(source.snapshot))
        label = plain(book["label"]) if wishes.label is None else wishes.label
        rights = book.get("rights") if wishes.rights is None else wishes.rights
        named = plain(book.get("requiredStatement", {}).get("value"))
        return Wishes(label, rights, named if wishes.attribution is None else wishes.attribution)


class _Work:
    """One book while it is made."""

    def __init__(self, darkroom: Darkroom, most: int) -> None:
        self._darkroom, self._most = darkroom, most
        self.leaves: list[Leaf] = []
        self.left_out: list[LeftOut] = []
        self.made = 0

    def add(self, item: Item, said: Said) -> None:
        try:
            with item.open() as file:
                found = self._darkroom.develop(file, stem(item.name), said, most=self._most - len(self.leaves))
        except ValueError as error:
            self.left_out.append(LeftOut(item.name, str(error), item.is_expected))
            return
        self.made += sum(new for _, new in found)
        labels = [stem(item.name)] if len(found) == 1 else [f"{stem(item.name)}, {n}" for n in range(1, len(found) + 1)]
        self.leaves += [
            _leaf(item, record, label, n) for n, ((record, _), label) in enumerate(zip(found, labels, strict=True))
        ]


def is_scans(where: str) -> bool:
    """Whether this is a folder or zip on this machine, and no URL or document."""
    path = Path(where)
    return path.is_dir() or (path.is_file() and archive.is_zip(path))


def finish(work: Generator[Step, None, T], told: Told) -> T:
    """Do all of some work, telling how far it is."""
    while isinstance(step := _next(work), Step):
        told(step.done, step.total, step.doing)
    return step


def interruptible(work: Generator[Step, None, T]) -> Generator[Step, None, T]:
    """The same work, each step in a thread: libvips calls Python to log, and a Ctrl-C that fell into that was lost."""
    with ThreadPoolExecutor(1) as beside:
        while isinstance(step := beside.submit(_next, work).result(), Step):
            yield step
    return step


def _next(work: Generator[Step, None, T]) -> Step | T:
    """The next step of some work, or what came of it."""
    try:
        return next(work)
    except StopIteration as end:
        return cast(T, end.value)


def url_of(name: str) -> str:
    """The URL of a book of scans, which is that of its source."""
    return f"{scanned.LOCAL}scans/{name}"


def name_in(url: str) -> str | None:
    """The name of a book of scans; None for the URL of anything else."""
    start = url_of("")
    return url.removeprefix(start) if url.startswith(start) else None


def name_of(path: Path) -> str:
    """What the book of a folder or zip on this machine is called: the same whenever it is added, and no other."""
    place = path.resolve()
    return f"{slug(place.stem if place.is_file() else place.name)}-{key(platform.node(), str(place))}"


def _properties(wishes: Wishes, label: str) -> JSON:
    try:
        return scanned.properties(wishes.label or label, wishes.rights, wishes.attribution)
    except ValueError as error:
        raise NotScans(str(error)) from error


def document(url: str, said: JSON, leaves: list[Leaf]) -> bytes:
    """The manifest as it is kept."""
    return orjson.dumps(scanned.manifest(source_id(url), said, leaves))


def _leaf(item: Item, record: ImageRecord, label: str, number: int) -> Leaf:
    """Its canvas is named by the file, so that it stays the same one when pages come and go around it."""
    name = key(item.name, str(number)) if number else key(item.name)
    return Leaf(name, label, record.id, record.width, record.height, item.folder)


def _name(label: str, leaves: list[Leaf]) -> str:
    return f"{slug(label)}-{key(*(f'{leaf.name} {leaf.image}' for leaf in leaves))}"


def _nothing(label: str, left_out: tuple[LeftOut, ...]) -> str:
    reasons = "; ".join(f"{one.name} {one.reason}" for one in left_out[:3])
    return f"There is no picture in {label}" + (f": {reasons}." if reasons else ".")
