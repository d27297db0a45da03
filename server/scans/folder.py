"""A folder of scans on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

from server.scans.names import clean, is_litter
from server.scans.selection import Item, LeftOut, NotScans, Selection, select

RUN, RUN_FOLDERS = ".glossator", ("crops", "pictures")
"""What `glossator run` keeps in the directory that it writes to (server.run.book), and its folders with pictures."""


def listed(folder: Path, *, recursive: bool, most: int) -> Selection:
    """The files in a folder, and with `recursive` in those below it. Links to folders are not followed, which ends
    circles; the pictures that a run wrote are passed over, or it would take its own crops for pages. Raises NotScans
    for what cannot be read."""
    try:
        files = [(path, clean(path.relative_to(folder).as_posix())) for path in _files(folder, recursive)]
        skipped = [] if recursive else _skipped(folder)
    except OSError as error:
        raise NotScans(f"{error.filename or folder} cannot be read: {error.strerror}.") from error
    items = (Item(name, partial(there, path)) for path, name in files)
    return select(folder.resolve().name or "scans", items, skipped, most=most)


def _files(folder: Path, recursive: bool) -> Iterator[Path]:
    for above, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if recursive and _is_meant(Path(above, name))]
        yield from (Path(above, name) for name in names)


def _skipped(folder: Path) -> list[LeftOut]:
    names = sorted(clean(entry.name) for entry in os.scandir(folder) if entry.is_dir() and _is_meant(Path(entry.path)))
    reason = "is a folder; --recursive takes it in as a chapter"
    return [LeftOut(f"{name}/", reason, missed=False) for name in names]


def _is_meant(folder: Path) -> bool:
    is_written = folder.name in RUN_FOLDERS and (folder.parent / RUN).is_dir()
    return not is_written and not is_litter(folder.name)


def there(path: Path) -> AbstractContextManager[Path]:
    """A file of this disk, for an `Item`."""
    if not path.is_file():
        raise ValueError("is no file, or a link to nothing")
    return nullcontext(path)


def _raise(error: OSError) -> None:
    raise error
