"""The embedded store: small rows in TinyDB, everything that there is much of in files (design, section 5)."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from iiif_store.errors import NotFound, StoreUnavailable
from iiif_store.reading import Reading
from iiif_store.source import Source
from iiif_store.stores import files
from iiif_store.stores.activity_files import ActivityFiles
from iiif_store.stores.annotation_files import AnnotationFiles
from iiif_store.stores.base import Claim, Failure, Job, Token, Update
from iiif_store.stores.claims import claim
from iiif_store.stores.data_directory import DataDirectory
from iiif_store.stores.folder import Folder
from iiif_store.stores.image_files import ImageFiles
from iiif_store.stores.images import drawn_image
from iiif_store.stores.members import Members
from iiif_store.stores.readings import Readings
from iiif_store.stores.rows import Rows, damaged
from iiif_store.stores.search_sqlite import SqliteSearch
from iiif_store.stream import Stream


class TinyStore:
    """A `Store` in one data directory, for the processes of one machine. It holds no state and needs no closing."""

    def __init__(self, path: Path) -> None:
        """Raises StoreUnavailable if the directory cannot be made, read or migrated."""
        self.directory = DataDirectory.open(path)
        root = self.directory.root
        self._sources = Rows(root / "sources", Source)
        self._jobs = Rows(root / "jobs", Job)
        self._tokens = Rows(root / "tokens", Token)
        self._streams = Rows(root / "streams", Stream)
        self._snapshots = Folder(root / "sources" / "snapshots")
        self._members = Members(root / "sources" / "members")
        self._readings = Readings(root / "readings")
        self._generations = Folder(root / "readings" / "generations")
        self._failures = Folder(root / "readings" / "failures")
        self._failure = TypeAdapter(Failure)
        self.images = ImageFiles(root / "blobs")
        self.annotations = AnnotationFiles(root / "curated")
        self.search = SqliteSearch(root / "search")
        self.activities = ActivityFiles(root / "activity", self._sources)

    # Sources

    def put_source(self, source: Source) -> None:
        self._sources.put(source.id, source)

    def update_source(self, source: str, change: Update[Source]) -> Source | None:
        return self._sources.update(source, change)

    def get_source(self, source: str) -> Source | None:
        return self._sources.get(source)

    def sources(self, after: str = "", limit: int = 100) -> list[Source]:
        live = (source for source in self._sources.all(after) if not source.deleted)
        return list(islice(live, limit))

    def source_stamp(self, source: str) -> Hashable:
        return self._sources.stamp(source), self.annotations.stamp(source)

    def put_snapshot(self, document: bytes) -> str:
        digest = hashlib.sha256(document).hexdigest()
        files.keep(self._snapshots.path(digest), document, sync="directory")
        return digest

    def get_snapshot(self, digest: str) -> bytes:
        document = self._snapshots.read(digest)
        if document is None:
            raise NotFound(f"no snapshot {digest} is stored; refresh the source to fetch the document again")
        return document

    def put_members(self, collection: str, members: dict[str, str]) -> None:
        self._members.put(collection, members)

    def find_member(self, source: str) -> tuple[str, str] | None:
        for collection, url in self._members.find(source):
            row = self.get_source(collection)
            if row is None or not row.deleted:
                return collection, url
        return None

    # Readings

    def put_reading(self, reading: Reading) -> None:
        self._readings.put(reading)

    def get_reading(self, revision: str) -> Reading | None:
        return self._readings.get(revision)

    def has_reading(self, revision: str) -> bool:
        return self._readings.has(revision)

    def find_reading(self, prefix: str) -> Reading | None:
        return self._readings.find(prefix)

    def generation(self, picture: str) -> int:
        name = hashlib.sha256(picture.encode()).hexdigest()
        data = self._generations.read(name) or b"0"
        if not data.isdigit():
            raise damaged(self._generations.path(name), "not a number")
        return int(data)

    def raise_generation(self, picture: str) -> int:
        path = self._generations.path(hashlib.sha256(picture.encode()).hexdigest())
        with files.exclusive(self._generations.root / ".lock"):
            raised = self.generation(picture) + 1
            files.replace(path, b"%d" % raised, sync="directory")
        return raised

    def claim(self, revision: str) -> AbstractContextManager[Claim | None]:
        return claim(self.directory.root / "run" / "claims", revision)

    # Failures

    def put_failure(self, failure: Failure) -> None:
        files.replace(self._failures.path(failure.revision), orjson.dumps(asdict(failure)))

    def get_failure(self, revision: str) -> Failure | None:
        data = self._failures.read(revision)
        if data is None:
            return None
        try:
            return self._failure.validate_json(data)
        except ValidationError as error:
            raise damaged(self._failures.path(revision), "holds no failure") from error

    def failures(self, source: str | None = None, limit: int = 100) -> list[Failure]:
        found = (failure for name in self._failures.names() if (failure := self.get_failure(name)))
        wanted = (failure for failure in found if source in (None, failure.source))
        return heapq.nlargest(limit, wanted, key=lambda failure: (_moment(failure.last), failure.revision))

    def clear_failure(self, revision: str) -> None:
        self._failures.remove(revision)

    # Jobs

    def put_job(self, job: Job) -> None:
        self._jobs.put(job.id, job)

    def update_job(self, job: str, change: Update[Job]) -> Job | None:
        return self._jobs.update(job, change)

    def get_job(self, job: str) -> Job | None:
        return self._jobs.get(job)

    def jobs(self, limit: int = 100) -> list[Job]:
        return heapq.nlargest(limit, self._jobs.all(), key=lambda job: (_moment(job.created), job.id))

    # Tokens

    def put_token(self, token: Token) -> None:
        self._tokens.put(token.id, token)

    def tokens(self) -> list[Token]:
        return sorted(self._tokens.all(), key=lambda token: (_moment(token.created), token.id))

    def delete_token(self, token: str) -> bool:
        return self._tokens.delete(token)

    # Streams that are followed

    def put_stream(self, stream: Stream) -> None:
        self._streams.put(stream.id, stream)

    def update_stream(self, stream: str, change: Update[Stream]) -> Stream | None:
        return self._streams.update(stream, change)

    def get_stream(self, stream: str) -> Stream | None:
        return self._streams.get(stream)

    def streams(self) -> list[Stream]:
        return list(self._streams.all())

    def delete_stream(self, stream: str) -> bool:
        return self._streams.delete(stream)

    # The whole

    def ready(self) -> str | None:
        return self.directory.ready()

    def check(self) -> Iterator[str]:
        if fault := self.ready():
            yield fault
            return
        yield from self._sources.faults(self._without_snapshot)
        yield from self._jobs.faults()
        yield from self._tokens.faults()
        yield from self._streams.faults()
        yield from self._changed_snapshots()
        yield from self._readings.faults(self._without_pictures)
        yield from self._damaged_failures()
        yield from self.images.faults()
        yield from self.annotations.faults()
        yield from self.directory.leftovers()

    def size(self) -> dict[str, int]:
        return self.directory.size()

    def _without_snapshot(self, source: Source) -> str | None:
        if source.deleted or self._snapshots.has(source.snapshot):
            return None
        return f"source {source.id} ({source.url}): its snapshot {source.snapshot} is missing; refresh the source"

    def _without_pictures(self, reading: Reading) -> Iterator[str]:
        for n, finding in enumerate(reading.findings):
            name = drawn_image(reading.revision, n)
            if finding.picture is not None and self.images.path(name) is None:
                yield f"image {name}, which a reading names, is missing; restore blobs/ from a back-up"

    def _changed_snapshots(self) -> Iterator[str]:
        for digest in self._snapshots.names():
            document = self._snapshots.read(digest)
            if document is not None and hashlib.sha256(document).hexdigest() != digest:
                yield f"{self._snapshots.path(digest)} is damaged; delete it and refresh the sources that name it"

    def _damaged_failures(self) -> Iterator[str]:
        for revision in self._failures.names():
            try:
                self.get_failure(revision)
            except StoreUnavailable as error:
                yield str(error)


def _moment(time: str) -> str:
    """Sorts as the moment does: "...:05Z" comes before "...:05.5Z"."""
    return time.rstrip("Z")
