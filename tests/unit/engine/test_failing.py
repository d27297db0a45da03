"""What becomes of a reading that could not be made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from iiif_store.canvas import CanvasPicture
from iiif_store.errors import FetchFailed, FetchRefused, NoPicture, PictureRefused, Restricted
from iiif_store.reading import Recipe
from iiif_store.stores.base import Failure
from server.engine import failing
from server.engine.types import ReadingTask

ATTEMPTS = 3
TASK = ReadingTask(Recipe("p", 0, "probe", "1", "", {"max_edge": 256}), CanvasPicture(1, 1, ()), "source", "canvas")
URL = "https://example.org/image"


def wait(failure: Failure) -> float:
    assert failure.next_try
    seconds = datetime.fromisoformat(failure.next_try) - datetime.fromisoformat(failure.last)
    return seconds.total_seconds()


def backend_fails(times: int) -> list[Failure]:
    rows: list[Failure] = []
    for _ in range(times):
        rows.append(failing.of_backend(TASK, ValueError("no"), rows[-1] if rows else None, ATTEMPTS))
    return rows


def test_a_backend_is_tried_with_growing_waits_then_left_to_a_person() -> None:
    rows = backend_fails(3)
    assert [row.count for row in rows] == [1, 2, 3]
    assert [wait(row) for row in rows[:2]] == [30.0, 120.0]
    assert rows[2].next_try is None
    assert failing.is_given_up(rows[2], ATTEMPTS)
    assert not failing.is_given_up(rows[1], ATTEMPTS)


def test_a_publisher_who_is_down_is_never_left_to_a_person() -> None:
    """But a job gives up after as many tries, and so can end."""
    row: Failure | None = None
    waits = []
    for _ in range(5):
        row = failing.of_picture(TASK, FetchFailed("down", url=URL), row, ATTEMPTS)
        waits.append(wait(row))
    assert waits == [5.0, 20.0, 3600.0, 3600.0, 3600.0]
    assert row
    assert failing.is_given_up(row, ATTEMPTS)


def test_a_publisher_who_asks_for_patience_gets_it_up_to_an_hour() -> None:
    for asked, got in ((2.0, 5.0), (90.0, 90.0), (86400.0, 3600.0)):
        error = FetchFailed("busy", url=URL, status=503, retry_after=asked)
        assert wait(failing.of_picture(TASK, error, None, ATTEMPTS)) == got


@pytest.mark.parametrize(
    "error",
    [FetchRefused("no"), PictureRefused("no"), NoPicture("no"), Restricted("no", url=URL, status=401)],
    ids=lambda error: type(error).__name__,
)
def test_a_refusal_is_not_tried_again(error: Exception) -> None:
    row = failing.of_picture(TASK, error, None, ATTEMPTS)
    assert (row.kind, row.next_try) == ("refused", None)
    assert not failing.is_due(row)


def test_another_kind_of_failure_counts_from_one() -> None:
    earlier = backend_fails(2)[-1]
    assert failing.of_picture(TASK, FetchFailed("down", url=URL), earlier, ATTEMPTS).count == 1
    assert failing.of_backend(TASK, ValueError("no"), failing.suspected(TASK), ATTEMPTS).count == 1


def test_a_suspect_is_due_whatever_the_clocks_say() -> None:
    """The row may come from a machine whose clock is ahead."""
    ahead = failing.utc(datetime.now(UTC) + timedelta(minutes=5))
    suspect = replace(failing.suspected(TASK), next_try=ahead)
    assert failing.is_suspect(suspect)
    assert failing.is_due(suspect)
    assert not failing.is_given_up(suspect, 1)


def test_a_killer_is_left_to_a_person() -> None:
    row = failing.killed(TASK)
    assert not failing.is_suspect(row)
    assert not failing.is_due(row)
    assert failing.is_given_up(row, ATTEMPTS)


def test_waits_pass() -> None:
    row = backend_fails(1)[0]
    assert not failing.is_due(row)
    assert 0 < (failing.seconds_until(row) or 0) <= 30
    past = replace(row, next_try=failing.utc(datetime.now(UTC) - timedelta(seconds=1)))
    assert failing.is_due(past)


def test_an_error_without_words_is_named() -> None:
    assert failing.of_backend(TASK, ValueError(), None, ATTEMPTS).reason == "ValueError"
