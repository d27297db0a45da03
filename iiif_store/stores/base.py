"""The Store protocol: where sources, readings, jobs and claims are kept (design, section 5).

Every implementation passes `iiif_store.stores.testing.StoreContract`. The cost of a write must not grow with
what is stored; nothing stored contains our base URL; all methods may be called from many processes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from iiif_store.reading import Reading
from iiif_store.source import Source
from iiif_store.stores.activities import Activities
from iiif_store.stores.annotations import Annotations
from iiif_store.stores.images import Images
from iiif_store.stores.search import SearchIndex
from iiif_store.stream import Stream

Row = TypeVar("Row")
Update = Callable[[Row | None], Row | None]
"""Makes of a row as it is now (None: there is none) the one that is to be kept; None of it: nothing is written."""
JobState = Literal["queued", "running", "paused", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make one reading now. Kept by the operating system (or database session), so a death frees it."""

    revision: str
    deaths: int
    """How many earlier holders of this claim died while they held it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a reading could not be made; the engine's own memory of it would be lost."""

    revision: str
    backend: str
    source: str
    canvas: str
    reason: str
    kind: Literal["picture", "backend", "killed", "refused"]
    count: int
    last: str
    """UTC, xsd:dateTime."""
    next_try: str | None
    """None: only when a person asks for it."""


@dataclass(frozen=True, slots=True)
class Job:
    """What was asked for, by whom, and how it ended. Progress is counted from the readings, not kept here."""

    id: str
    sources: tuple[str, ...]
    backends: tuple[str, ...]
    state: JobState
    created: str
    asked_by: str = ""
    ended: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A secret that may write, stored only as a hash."""

    id: str
    name: str
    digest: str
    created: str


class Store(Protocol):
    """Few verbs, for two implementations: files with TinyDB, and PostgreSQL."""

    # Sources
    def put_source(self, source: Source) -> None:
        """Insert or replace; a replaced tombstone is lifted."""
        ...

    def update_source(self, source: str, change: Update[Source]) -> Source | None:
        """Put what `change` makes of the row as it is now, with nobody writing in between: what was read earlier may be
        out of date. What was written. `change` is quick, and of the store it calls no more than `activities.touch`.

        The same of jobs and streams."""
        ...

    def get_source(self, source: str) -> Source | None:
        """The row, tombstones included; None if it never existed."""
        ...

    def sources(self, after: str = "", limit: int = 100) -> list[Source]:
        """Live sources with id > `after`, in order of id."""
        ...

    def source_stamp(self, source: str) -> Hashable:
        """Changes whenever the row changes or somebody writes an annotation, and costs no more than two `stat`: what
        warm answers are checked by."""
        ...

    def put_snapshot(self, document: bytes) -> str:
        """Keep a publisher's document; its SHA-256. The same bytes are kept once."""
        ...

    def get_snapshot(self, digest: str) -> bytes:
        """Raises NotFound."""
        ...

    def put_members(self, collection: str, members: dict[str, str]) -> None:
        """Remember which URL each member id of a collection stands for, so that a first GET can register it.

        Members put before stay.
        """
        ...

    def find_member(self, source: str) -> tuple[str, str] | None:
        """(collection id, URL) of a source id that some collection lists; None if none does, or only deleted ones."""
        ...

    # Readings
    def put_reading(self, reading: Reading) -> None:
        """Atomic; a second one of the same revision changes nothing."""
        ...

    def get_reading(self, revision: str) -> Reading | None: ...

    def has_reading(self, revision: str) -> bool: ...

    def find_reading(self, prefix: str) -> Reading | None:
        """By the first 16 characters of the revision."""
        ...

    def generation(self, picture: str) -> int:
        """0 until raised."""
        ...

    def raise_generation(self, picture: str) -> int: ...

    def claim(self, revision: str) -> AbstractContextManager[Claim | None]:
        """Hold the right to make this reading; None while another process or thread that lives holds it."""
        ...

    # Failures
    def put_failure(self, failure: Failure) -> None: ...

    def get_failure(self, revision: str) -> Failure | None: ...

    def failures(self, source: str | None = None, limit: int = 100) -> list[Failure]: ...

    def clear_failure(self, revision: str) -> None: ...

    # Jobs
    def put_job(self, job: Job) -> None: ...

    def update_job(self, job: str, change: Update[Job]) -> Job | None: ...

    def get_job(self, job: str) -> Job | None: ...

    def jobs(self, limit: int = 100) -> list[Job]:
        """Newest first."""
        ...

    # Tokens
    def put_token(self, token: Token) -> None: ...

    def tokens(self) -> list[Token]: ...

    def delete_token(self, token: str) -> bool: ...

    # Streams that are followed
    def put_stream(self, stream: Stream) -> None:
        """Insert or replace."""
        ...

    def update_stream(self, stream: str, change: Update[Stream]) -> Stream | None: ...

    def get_stream(self, stream: str) -> Stream | None: ...

    def streams(self) -> list[Stream]:
        """In order of id."""
        ...

    def delete_stream(self, stream: str) -> bool: ...

    # Concerns with a protocol of their own
    @property
    def images(self) -> Images:
        """What models drew and what people brought."""
        ...

    @property
    def activities(self) -> Activities:
        """What changed, in order."""
        ...

    @property
    def annotations(self) -> Annotations:
        """What people wrote."""
        ...

    @property
    def search(self) -> SearchIndex:
        """Where what is published is looked for; derived from the rest."""
        ...

    # The whole
    def ready(self) -> str | None:
        """What makes the store unusable now; None if nothing does. As cheap as one small write: for /readyz."""
        ...

    def check(self) -> Iterator[str]:
        """One line for each thing that is wrong; nothing when all is well. Looks at all that is stored."""
        ...

    def size(self) -> dict[str, int]:
        """Bytes by part: readings, snapshots, cache, ..."""
        ...
