"""The files that somebody wants to see as a book, and those of them that cannot be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from iiif_store.errors import GlossatorError
from server.scans.names import DEEPEST, in_order, is_litter

PICTURES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".png", ".webp", ".jp2", ".j2k", ".jpx", ".gif", ".bmp"}
    | {".avif", ".heic", ".heif", ".pdf"}
)
"""Endings of files of which their owner expects that they are shown."""


class NotScans(GlossatorError):
    """What was given cannot become a book: no folder, no zip, nothing to be seen in it, too much of it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A file that may be a scan."""

    name: str
    """Its path below the folder, with `/`, as `names.clean` gives it."""
    open: Callable[[], AbstractContextManager[Path]]
    """The file on this disk, for as long as the block lasts. Raises ValueError with the reason why it cannot be had."""

    @property
    def folder(self) -> tuple[str, ...]:
        return tuple(self.name.split("/")[:-1])

    @property
    def is_expected(self) -> bool:
        """Whether its owner will miss it."""
        return Path(self.name).suffix.lower() in PICTURES


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not shown, and why."""

    name: str
    reason: str
    missed: bool = True
    """False: it is no picture, and nobody will look for it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything that was given, in the order in which it is shown."""

    label: str
    """Of the folder or file that held it."""
    items: tuple[Item, ...]
    left_out: tuple[LeftOut, ...] = ()


def select(label: str, items: Iterable[Item], left_out: Iterable[LeftOut] = (), *, most: int) -> Selection:
    """In order, without what nobody means. Raises NotScans for more than `most` files."""
    wanted: dict[str, Item] = {}
    refused = list(left_out)
    for item in items:
        if is_litter(item.name):
            continue
        if len(item.folder) > DEEPEST:
            refused.append(LeftOut(item.name, f"lies more than {DEEPEST} folders deep"))
        elif item.name in wanted:
            refused.append(LeftOut(item.name, "has the name of another file"))
        else:
            wanted[item.name] = item
        if len(wanted) > most:
            raise NotScans(f"There are more than {most} files in {label} (GLOSSATOR_MAX_SCANS). Add it in parts.")
    return Selection(label, tuple(wanted[name] for name in sorted(wanted, key=in_order)), tuple(refused))
