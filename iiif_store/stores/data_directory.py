"""The data directory: what lies where, of which version, and what of it may go when space runs short.

VERSION    sources/ readings/ curated/ jobs/ tokens/ streams/ activity/ blobs/
                                                                         never evicted; a copy of them is a back-up
backups/   what migrations found                                         deleted by hand
cache/ pages/ search/ run/                                               may be deleted at any time
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iiif_store.errors import StoreUnavailable
from iiif_store.stores import files, migrations

KEPT = (
    "sources",
    "sources/snapshots",
    "sources/members",
    "readings",
    "readings/generations",
    "readings/failures",
    "curated",
    "jobs",
    "tokens",
    "streams",
    "activity",
    "blobs",
)
EVICTED = ("cache", "pages")
"""What `trim_cache` keeps small; run/ holds claims and addresses, which are tiny and in use."""

PARTS = (*KEPT, "backups", *EVICTED, "search", "run")

ABANDONED = 3600.0
"""Seconds after which a temporary file can belong to no writer that lives."""


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """A directory of our layout, in the version that this release knows."""

    root: Path

    @classmethod
    def open(cls, root: Path) -> DataDirectory:
        """Make it if need be, migrate an older one after a back-up; raises StoreUnavailable for a newer one."""
        with files.explained(root):
            root.mkdir(parents=True, exist_ok=True)
        migrations.bring_up_to_date(root)
        for part in PARTS:
            with files.explained(root / part):
                (root / part).mkdir(exist_ok=True)
        return cls(root)

    def ready(self) -> str | None:
        """What makes the directory unusable, found at the cost of one small write; None if nothing does."""
        probe = self.root / "readings" / f".ready-{os.getpid()}"
        try:
            migrations.require_current(self.root)
            files.replace(probe, b"ready\n", sync="none")
            files.remove(probe, self.root)
        except StoreUnavailable as error:
            return str(error)
        return None

    def size(self) -> dict[str, int]:
        """Bytes of the files by part; a part listed within another is not counted there again."""
        nested = {str(self.root / part) for part in PARTS}
        return {part: sum(_length(entry) for entry in _entries(self.root / part, nested)) for part in PARTS}

    def trim_cache(self, limit: int) -> int:
        """Delete the least recently used files of cache/ and pages/ until `limit` bytes are left; bytes deleted.

        Used means read or written, as far as the disk records reading (with `relatime` about once a day). Whoever
        has a file open reads on. Empty files stay, since locks are empty, and so do the temporary files of writers.
        """
        found = sorted(use for part in EVICTED for entry in _entries(self.root / part) if (use := _use(entry)))
        excess, deleted = sum(size for _, size, _ in found) - limit, 0
        for _, size, path in found:
            if deleted >= excess:
                break
            files.remove(Path(path), self.root)  # False if another process has done so; the space is free just the same
            deleted += size
        return deleted

    def leftovers(self) -> Iterator[str]:
        """One line for each temporary file whose writer was killed."""
        for part in KEPT:
            for entry in _entries(self.root / part, {str(self.root / other) for other in KEPT}):
                if entry.name.endswith(".tmp") and _is_abandoned(entry):
                    yield f"{entry.path} was left by a writer that was killed; it can be deleted"


def _entries(folder: Path | str, without: set[str] | frozenset[str] = frozenset()) -> Iterator[os.DirEntry[str]]:
    """All files below `folder`, but not below the folders in `without`; a folder that vanishes has none."""
    with files.explained(Path(folder)):
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            yield entry
        elif entry.path not in without:
            yield from _entries(entry.path, without)


def _length(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return 0


def _use(entry: os.DirEntry[str]) -> tuple[float, int, str] | None:
    """Time of the last use, bytes and path of a file that may be evicted; None for another."""
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not status.st_size or (entry.name.endswith(".tmp") and not _is_abandoned(entry)):
        return None
    return max(status.st_atime, status.st_mtime), status.st_size, entry.path


def _is_abandoned(entry: os.DirEntry[str]) -> bool:
    try:
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > ABANDONED
    except FileNotFoundError:
        return False
