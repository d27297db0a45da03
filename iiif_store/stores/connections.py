"""Connections to a SQLite file that may vanish: opened when they are needed, kept while the file stays the same."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from iiif_store.errors import StoreUnavailable
from iiif_store.stores import files

PATIENCE = 30.0
"""Seconds until a writer that holds the file is reported."""

_Kept = tuple[sqlite3.Connection, tuple[int, int, int]]


class Connections:
    """One connection for each thread at work. `prepare` makes what a new file needs, whoever else does so too."""

    def __init__(self, path: Path, prepare: Callable[[sqlite3.Connection], None]) -> None:
        self._path, self._prepare = path, prepare
        self._idle: list[_Kept] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._idle)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the file, whatever is written meanwhile. Raises StoreUnavailable."""
        yield from self._transaction("BEGIN")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All that is written in the block, or nothing. Raises StoreUnavailable."""
        yield from self._transaction("BEGIN IMMEDIATE")

    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with _explained(self._path):
            connection, file = self._take()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.close()
                raise
            with self._lock:
                self._idle.append((connection, file))

    def _take(self) -> _Kept:
        """A connection to the file that is there now, not to one that was deleted, and not one of a parent process."""
        now = self._file()
        while True:
            with self._lock:
                kept = self._idle.pop() if self._idle else None
            if kept is None:
                return self._open()
            if kept[1] == now:
                return kept
            if kept[1][0] == os.getpid():
                kept[0].close()

    def _open(self) -> _Kept:
        with files.explained(self._path):
            self._path.parent.mkdir(exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA mmap_size = 1073741824")
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection, self._file() or (os.getpid(), 0, 0)

    def _file(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return os.getpid(), found.st_dev, found.st_ino


def _close(idle: list[_Kept]) -> None:
    for connection, file in idle:
        if file[0] == os.getpid():
            connection.close()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"{path}: {error}; is the disk full, or does another process hold the file?") from error
    except sqlite3.DatabaseError as error:
        how = f"delete {path.parent} and run `glossator reindex`: nothing is in it that cannot be made again"
        raise StoreUnavailable(f"{path} is damaged ({error}); {how}") from error
