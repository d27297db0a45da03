"""What becomes of a reading that could not be made: the row that says why, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from iiif_store.errors import FetchRefused, NoPicture, PictureRefused, Restricted
from iiif_store.stores.base import Failure
from server.engine.types import ReadingTask

Kind = Literal["picture", "backend", "killed", "refused"]

REFUSED = (FetchRefused, PictureRefused, NoPicture, Restricted)
"""Asking again gives the same answer; a person may know better."""

FIRST_WAIT = {"picture": 5.0, "backend": 30.0}
LONGEST_WAIT = 3600.0


def utc(moment: datetime | None = None) -> str:
    """xsd:dateTime with Z, in milliseconds so that short waits are kept."""
    return (moment or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_until(failure: Failure) -> float | None:
    """Until it may be tried again, 0 if it may now; None: only when a person asks for it."""
    if failure.next_try is None:
        return None
    return max(0.0, (datetime.fromisoformat(failure.next_try) - datetime.now(UTC)).total_seconds())


def is_suspect(failure: Failure | None) -> bool:
    """A worker died while it read this picture, perhaps because of another one."""
    return failure is not None and failure.kind == "killed" and failure.next_try is not None


def is_due(failure: Failure) -> bool:
    """To be tried now. A suspect always is, whatever the clocks of two machines say."""
    return is_suspect(failure) or seconds_until(failure) == 0.0


def is_given_up(failure: Failure, attempts: int) -> bool:
    """What a job counts as failed, though a page may still ask for it later."""
    return failure.next_try is None or (failure.kind != "killed" and failure.count >= attempts)


def of_picture(task: ReadingTask, error: Exception, earlier: Failure | None, attempts: int) -> Failure:
    """The picture could not be had. A publisher who is down comes back, so that this never waits for a person."""
    if isinstance(error, REFUSED):
        return row(task, _reason(error), "refused", _count("refused", earlier), None)
    count = _count("picture", earlier)
    wait = LONGEST_WAIT if count >= attempts else _wait("picture", count)
    asked = getattr(error, "retry_after", None) or 0.0
    return row(task, _reason(error), "picture", count, min(max(wait, asked), LONGEST_WAIT))


def of_backend(task: ReadingTask, error: Exception, earlier: Failure | None, attempts: int) -> Failure:
    """The model could not be loaded, or failed on this picture; after `attempts` times a person must look."""
    count = _count("backend", earlier)
    return row(task, _reason(error), "backend", count, None if count >= attempts else _wait("backend", count))


def suspected(task: ReadingTask) -> Failure:
    """It was in flight when a worker died: to be tried again with nothing beside it."""
    reason = "A worker process died while this and perhaps other pictures were read; it is tried again alone."
    return row(task, reason, "killed", 1, 0.0)


def killed(task: ReadingTask) -> Failure:
    """It was alone when a worker died."""
    reason = (
        f"The worker process died twice while {task.recipe.backend} read this picture, the second time with no other "
        "picture beside it. See the engine's log, then ask for a retry."
    )
    return row(task, reason, "killed", 2, None)


def row(task: ReadingTask, reason: str, kind: Kind, count: int, wait: float | None) -> Failure:
    """`wait`: seconds until the next try; None: a person decides."""
    now = datetime.now(UTC)
    next_try = None if wait is None else utc(now + timedelta(seconds=wait))
    backend = task.recipe.backend
    return Failure(task.revision, backend, task.source, task.canvas, reason, kind, count, utc(now), next_try)


def _count(kind: Kind, earlier: Failure | None) -> int:
    return earlier.count + 1 if earlier and earlier.kind == kind else 1


def _wait(kind: Kind, count: int) -> float:
    return float(min(FIRST_WAIT[kind] * 4 ** (count - 1), LONGEST_WAIT))


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
