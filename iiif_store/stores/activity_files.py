"""The change stream in files: pages that are only appended to, and a mark for each source that was touched.

`root/pages/000000.jsonl` holds rows; `root/touched/<source>` is a mark; `root/told/<source>` is what was told last.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from iiif_store.source import Kind, Source
from iiif_store.stores import files
from iiif_store.stores.activities import ROWS_PER_PAGE, Activity, Change
from iiif_store.stores.rows import Rows, damaged

TAKEN = ".taken"
"""Suffix of a mark that is being settled; one that a crash left is settled again."""


class ActivityFiles:
    """`Activities` for the processes of one machine."""

    def __init__(self, root: Path, sources: Rows[Source]) -> None:
        self._root, self._sources = root, sources
        self._pages, self._touched, self._told = root / "pages", root / "touched", root / "told"
        self._adapter = TypeAdapter(list[Activity])
        for folder in (self._pages, self._touched, self._told):
            with files.explained(folder):
                folder.mkdir(exist_ok=True)

    def touch(self, source: str) -> None:
        """One `stat` where the mark is set already: whoever settles it takes the mark away before he looks."""
        mark = files.named(self._touched, source, "")
        if files.status(mark, self._touched) is None:
            files.replace(mark, b"", sync="file")

    def settle(self) -> None:
        if not self._has_news():
            return
        with files.exclusive(self._root / ".lock"):
            if self._last() is None:
                self._begin()
            for source in self._take():
                self._settle(source)
                files.remove(self._touched / f"{source}{TAKEN}", self._touched)

    def count(self) -> int:
        last = self._last()
        return 0 if last is None else last * ROWS_PER_PAGE + len(self.page(last))

    def page(self, number: int) -> list[Activity]:
        data = files.read(self._path(number), self._pages) if number >= 0 else None
        whole = (data or b"").rpartition(b"\n")[0]
        try:
            return self._adapter.validate_json(b"[%s]" % b",".join(whole.splitlines()))
        except ValidationError as error:
            raise damaged(self._path(number), "holds no activities") from error

    def _has_news(self) -> bool:
        with files.explained(self._touched), os.scandir(self._touched) as marks:
            return any(not mark.name.startswith(".") for mark in marks) or self._last() is None

    def _take(self) -> list[str]:
        """Marks set from now on are news of the next time."""
        for mark in files.names(self._touched, ""):
            if not mark.endswith(TAKEN):
                with files.explained(self._touched), suppress(FileNotFoundError):
                    (self._touched / mark).replace(self._touched / f"{mark}{TAKEN}")
        return files.names(self._touched, TAKEN)

    def _begin(self) -> None:
        """Sources that were there before the stream are news too."""
        for row in self._sources.all():
            self.touch(row.id)
        self._new_page(0, Activity("Refresh", "", "", _now("")))

    def _settle(self, source: str) -> None:
        row = self._sources.get(source)
        told = files.read(self._told / source, self._told)
        live = row is not None and not row.deleted
        if row is None or (not live and not told):
            return
        change: Change = "Delete" if not live else "Update" if told else "Create"
        self._append(change, source, row.kind)
        if live:
            files.replace(self._told / source, b"live")
        else:
            files.remove(self._told / source, self._told)

    def _append(self, change: Change, source: str, kind: Kind) -> None:
        last = self._last() or 0
        rows = self.page(last)
        row = Activity(change, source, kind, _now(rows[-1].time))
        if len(rows) < ROWS_PER_PAGE:
            self._add(last, row)
        else:
            self._new_page(last + 1, row)

    def _new_page(self, number: int, row: Activity) -> None:
        files.replace(self._path(number), _line(row), sync="directory")

    def _add(self, number: int, row: Activity) -> None:
        """Append a whole line; half a line that a crash left goes first."""
        path = self._path(number)
        with files.explained(path), path.open("a+b") as page:
            page.seek(0)
            page.truncate(page.read().rfind(b"\n") + 1)
            page.write(_line(row))
            page.flush()
            os.fsync(page.fileno())

    def _last(self) -> int | None:
        """The number of the last page that has a row."""
        found = files.names(self._pages, ".jsonl")
        numbers = [int(name) for name in reversed(found)]
        return next((number for number in numbers if self.page(number)), None)

    def _path(self, number: int) -> Path:
        return self._pages / f"{number:06}.jsonl"


def _line(row: Activity) -> bytes:
    return orjson.dumps(asdict(row)) + b"\n"


def _now(earliest: str) -> str:
    return max(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), earliest)
