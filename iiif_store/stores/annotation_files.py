"""What people wrote, as files: one for each annotation, and an empty one for each canvas that it targets.

    curated/<source>/notes/ab/<id>.json      the annotation, or its tombstone; ab: of the hash of the id
    curated/<source>/canvases/<key>/<id>     the index of that canvas
    curated/<source>/stamp                   replaced by every write

An index entry is made before the annotation and removed after it, and a reader believes the annotation: a writer that
is killed in between leaves an entry that nobody sees. Writers of one source take turns; readers need no lock.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from iiif_store.errors import Gone, NotFound, StoreUnavailable, Superseded, Taken
from iiif_store.stores import files
from iiif_store.stores.annotations import Written
from iiif_store.stores.rows import damaged

SUFFIX = ".json"


class AnnotationFiles:
    """`Annotations` in one directory, for the processes of one machine."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._adapter = TypeAdapter(Written)

    def add(self, written: Written) -> Written:
        with self._transaction(written.source):
            if self.get(written.source, written.id):
                raise Taken(f"The annotation {written.id} of source {written.source} exists or existed.")
            return self._put(written, before=())

    def change(self, written: Written, expected: str | None) -> Written:
        with self._transaction(written.source):
            before = self._present(written.source, written.id, expected)
            return self._put(written, before.canvases)

    def delete(self, source: str, annotation: str, when: str, expected: str | None) -> Written:
        with self._transaction(source):
            before = self._present(source, annotation, expected)
            self._put(replace(before, document={}, canvases=(), modified=when, deleted=when), before.canvases)
            return before

    def get(self, source: str, annotation: str) -> Written | None:
        if not (files.is_name(source) and files.is_name(annotation)):
            return None
        path = self._path(source, annotation)
        data = files.read(path, self._root)
        try:
            return None if data is None else self._adapter.validate_json(data)
        except ValidationError as error:
            raise damaged(path, "holds no annotation") from error

    def on(self, source: str, canvas: str) -> list[Written]:
        if not (files.is_name(source) and files.is_name(canvas)):
            return []
        found = (self.get(source, name) for name in self._names(self._root / source / "canvases" / canvas))
        live = (written for written in found if written and not written.deleted and canvas in written.canvases)
        return sorted(live, key=lambda written: (written.created, written.id))

    def of(self, source: str) -> Iterator[Written]:
        if not files.is_name(source):
            return
        notes = self._root / source / "notes"
        for shard in self._names(notes):
            for name in self._names(notes / shard, SUFFIX):
                written = self.get(source, name)
                if written and not written.deleted:
                    yield written

    def canvases(self, source: str) -> frozenset[str]:
        return frozenset(self._names(self._root / source / "canvases") if files.is_name(source) else ())

    def stamp(self, source: str) -> Hashable:
        if not files.is_name(source):
            return None
        status = files.status(self._root / source / "stamp", self._root)
        return status and (status.st_mtime_ns, status.st_ino)

    def faults(self) -> Iterator[str]:
        """One line for each file that cannot be read, and for each annotation missing from the index of its canvas."""
        for source in self._names(self._root):
            notes = self._root / source / "notes"
            for name in (name for shard in self._names(notes) for name in self._names(notes / shard, SUFFIX)):
                try:
                    written = self.get(source, name)
                except StoreUnavailable as error:
                    yield str(error)
                    continue
                for canvas in written.canvases if written else ():
                    if files.status(self._entry(source, canvas, name), self._root) is None:
                        yield f"{self._path(source, name)} is not listed on its canvas {canvas}; write it again"

    @contextmanager
    def _transaction(self, source: str) -> Iterator[None]:
        """Alone in the source."""
        folder = files.named(self._root, source, "")
        for path in (folder, folder / "notes", folder / "canvases"):
            _made(path)
        with files.exclusive(folder / ".lock"):
            yield

    def _present(self, source: str, annotation: str, expected: str | None) -> Written:
        found = self.get(source, annotation)
        if found is None:
            raise NotFound(f"Source {source} has no annotation {annotation}.")
        if found.deleted:
            raise Gone(f"The annotation {annotation} of source {source} was deleted on {found.deleted}.")
        if expected not in (None, found.etag):
            raise Superseded(f"The annotation {annotation} of source {source} was changed on {found.modified}.")
        return found

    def _put(self, written: Written, before: tuple[str, ...]) -> Written:
        stored = replace(written, etag=secrets.token_hex(8))
        try:
            for canvas in written.canvases:
                files.keep(self._entry(written.source, canvas, written.id), b"", sync="directory")
            files.replace(self._path(written.source, written.id), orjson.dumps(asdict(stored)), sync="directory")
            for canvas in set(before) - set(written.canvases):
                self._leave(self._entry(written.source, canvas, written.id))
        finally:  # whatever was written by then
            files.replace(self._root / written.source / "stamp", b"", sync="none")
        return stored

    def _leave(self, entry: Path) -> None:
        """Take an entry out of the index of a canvas, and with the last one the canvas."""
        files.remove(entry, self._root)
        if not self._names(entry.parent):
            files.remove_folder(entry.parent)

    def _path(self, source: str, annotation: str) -> Path:
        shard = hashlib.sha256(annotation.encode()).hexdigest()[:2]
        return files.named(self._root / source / "notes" / shard, annotation, SUFFIX)

    def _entry(self, source: str, canvas: str, annotation: str) -> Path:
        return files.named(files.named(self._root / source / "canvases", canvas, ""), annotation, "")

    def _names(self, folder: Path, suffix: str = "") -> list[str]:
        """Of what is in a folder; none if there is no such folder."""
        return [] if files.status(folder, self._root) is None else files.names(folder, suffix)


def _made(folder: Path) -> None:
    with files.explained(folder):
        folder.mkdir(exist_ok=True)
