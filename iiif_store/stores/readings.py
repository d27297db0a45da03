"""Readings as files, one per revision. A damaged one counts as absent: it is moved aside and can be made again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from iiif_store.reading import Reading
from iiif_store.stores import codec, files
from iiif_store.stores.folder import Folder

PREFIX = 16
"""Characters of a revision that annotation ids carry."""


class Readings:
    """`root/ab/<revision>.json`, and `root/damaged/` for what could not be read."""

    def __init__(self, root: Path) -> None:
        self._folder = Folder(root)
        self._damaged = root / "damaged"

    def put(self, reading: Reading) -> None:
        files.keep(self._folder.path(reading.revision), codec.to_json(reading))

    def has(self, revision: str) -> bool:
        return self._folder.has(revision)

    def get(self, revision: str) -> Reading | None:
        data = self._folder.read(revision)
        if data is None:
            return None
        with suppress(ValueError):
            reading = codec.from_json(data)
            if reading.revision == revision:
                return reading
        self._set_aside(revision)
        return None

    def find(self, prefix: str) -> Reading | None:
        revision = self._folder.find(prefix) if len(prefix) >= PREFIX else None
        return self.get(revision) if revision else None

    def faults(self, examine: Callable[[Reading], Iterable[str]]) -> Iterator[str]:
        """One line for each damaged reading, and what `examine` tells of the others; those not met before are moved
        aside."""
        for revision in self._folder.names():
            if reading := self.get(revision):
                yield from examine(reading)
        for revision in files.names(self._damaged, ".json") if self._damaged.is_dir() else ():
            path = self._damaged / f"{revision}.json"
            yield f"{path} was a damaged reading; it is made again when somebody asks for it, and this file can go"

    def _set_aside(self, revision: str) -> None:
        path = self._folder.path(revision)
        with files.explained(path):
            self._damaged.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):  # another process was quicker
                path.replace(self._damaged / path.name)
