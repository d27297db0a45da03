"""Small rows in TinyDB, one file per row, opened per transaction.

A TinyDB kept open beside another process's writes reads stale rows and loses inserts; one that is opened under a
lock for each transaction does not (design, section 5).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document

from iiif_store.errors import StoreUnavailable
from iiif_store.stores import files
from iiif_store.stores.base import Update

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = TypeVar("Row", bound="DataclassInstance")
Tables = dict[str, dict[str, Any]]

SUFFIX = ".json"
KEPT = 1024
"""Rows that are kept in memory: an answer to a search names the books of all its hits."""


class RowFile(Storage):
    """A TinyDB storage that reads its file at the first use and writes it when the transaction commits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tables: Tables | None = None
        self._changed = False

    def read(self) -> Tables | None:
        if self._tables is None:
            self._tables = _tables(self.path)
        return self._tables

    def write(self, data: Tables) -> None:
        self._tables, self._changed = data, True

    def commit(self) -> None:
        """Replace the file whole, if anything was written."""
        if self._changed:
            files.replace(self.path, orjson.dumps(self._tables), sync="directory")
            self._changed = False


@contextmanager
def transaction(path: Path) -> Iterator[TinyDB]:
    """The row file at `path`, alone with it; what was done inside is written at the end, or not at all."""
    storage = RowFile(path)
    with files.exclusive(path.parent / ".lock"), TinyDB(storage=lambda: storage) as database:
        yield database
        storage.commit()


class Rows(Generic[Row]):
    """Rows of one dataclass, each in a file of its own named by the row's id."""

    def __init__(self, folder: Path, kind: type[Row]) -> None:
        self.folder = folder
        self._table = kind.__name__.lower()
        self._adapter = TypeAdapter(kind)
        self._kept = lru_cache(KEPT)(self._read)

    def put(self, name: str, row: Row) -> None:
        """Insert or replace; fields that a newer release added to the file stay."""
        with transaction(self._path(name)) as database:
            self._write(database, row)

    def update(self, name: str, change: Update[Row]) -> Row | None:
        """Put what `change` makes of the row as it is now (None: there is none), alone with it; if it makes None of it,
        nothing is written. What was written. `change` is quick and asks the store for no other row."""
        with transaction(self._path(name)) as database:
            row = change(self.get(name))
            if row is not None:
                self._write(database, row)
        return row

    def get(self, name: str) -> Row | None:
        """The same object as long as the file is the same. Raises StoreUnavailable for a damaged file."""
        stamp = self.stamp(name)
        return None if stamp is None else self._kept(name, stamp)

    def _read(self, name: str, _stamp: Hashable) -> Row | None:
        path = self._path(name)
        with TinyDB(path, storage=RowFile) as database:
            if database.storage.read() is None:
                return None
            document = database.table(self._table).get(doc_id=1)
        try:
            return self._adapter.validate_python(document)
        except ValidationError as error:
            raise damaged(path, f"holds no {self._table}: {_first(error)}") from error

    def all(self, after: str = "") -> Iterator[Row]:
        """In order of id, those with an id > `after`; files are read as the iterator goes."""
        for name in files.names(self.folder, SUFFIX):
            if name > after and (row := self.get(name)) is not None:
                yield row

    def delete(self, name: str) -> bool:
        """False if there was none."""
        if not files.is_name(name):
            return False
        with files.exclusive(self.folder / ".lock"):
            return files.remove(self._path(name), self.folder)

    def stamp(self, name: str) -> Hashable:
        """One stat; another value after each `put`, None while there is no such row."""
        if not files.is_name(name):
            return None
        status = files.status(self._path(name), self.folder)
        return status and (status.st_mtime_ns, status.st_ino, status.st_size)

    def faults(self, examine: Callable[[Row], str | None] = lambda _: None) -> Iterator[str]:
        """One line for each row that cannot be read, or in which `examine` finds something."""
        for name in files.names(self.folder, SUFFIX):
            try:
                row = self.get(name)
            except StoreUnavailable as error:
                yield str(error)
            else:
                if row is not None and (fault := examine(row)):
                    yield fault

    def _write(self, database: TinyDB, row: Row) -> None:
        database.table(self._table).upsert(Document(dataclasses.asdict(row), doc_id=1))

    def _path(self, name: str) -> Path:
        return files.named(self.folder, name, SUFFIX)


def damaged(path: Path, reason: str) -> StoreUnavailable:
    """What is said of a file that cannot be understood."""
    return StoreUnavailable(f"{path} is damaged ({reason}); restore it from a back-up, or delete it and add it again")


def _tables(path: Path) -> Tables | None:
    data = files.read(path, path.parent)
    if data is None:
        return None
    try:
        tables = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise damaged(path, f"not JSON: {error}") from error
    if not _are_tables(tables):
        raise damaged(path, "not the tables of a TinyDB")
    return tables  # type: ignore[no-any-return]


def _are_tables(tables: object) -> bool:
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        return False
    rows = [item for table in tables.values() for item in table.items()]
    return all(number.isdecimal() and isinstance(row, dict) for number, row in rows)


def _first(error: ValidationError) -> str:
    details = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, details['loc'])) or 'row'}: {details['msg']}"
