"""How many threads may wait, whose turn it is, and what is remembered for a moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.engine.types import EngineBusy
from server.errors import TooManyRequests
from server.limits import Limits
from server.metrics import Metrics
from server.recent import Recent


@pytest.fixture
def limits() -> Limits:
    return Limits(waiting=2, rate="3/hour", metrics=Metrics())


def test_who_finds_no_place_to_wait_is_told_at_once(limits: Limits) -> None:
    with limits.waiting(), limits.waiting(), pytest.raises(EngineBusy), limits.waiting():
        raise AssertionError("there was a place")
    with limits.waiting():
        pass


def test_a_place_is_given_back_by_who_fails(limits: Limits) -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), limits.waiting():
            raise ZeroDivisionError


def test_each_client_has_its_own_share(limits: Limits) -> None:
    for _ in range(3):
        limits.count("203.0.113.5")
    with pytest.raises(TooManyRequests) as error:
        limits.count("203.0.113.5")
    assert error.value.retry_after == 3600
    limits.count("203.0.113.6")


def test_only_one_thread_is_alone(limits: Limits) -> None:
    with limits.alone("a") as first, limits.alone("a") as second:
        assert (first, second) == (True, False)
    with limits.alone("a") as again:
        assert again


def test_turns_are_taken_one_after_the_other(limits: Limits) -> None:
    inside: list[int] = []
    most: list[int] = []

    def take() -> None:
        with limits.turn("a"):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    with ThreadPoolExecutor(8) as threads:
        for _ in range(50):
            threads.submit(take)
    assert max(most) == 1


def test_what_is_recent_is_made_once_for_many(limits: Limits) -> None:
    made: list[str] = []
    begun = threading.Barrier(8)
    recent = Recent(3600)

    def ask() -> int:
        begun.wait()
        return recent.get("a", lambda: made.append("a") or len(made))  # type: ignore[func-returns-value]

    with ThreadPoolExecutor(8) as threads:
        assert {future.result() for future in [threads.submit(ask) for _ in range(8)]} == {1}
    assert recent.get("b", lambda: 5) == 5


def test_what_is_old_is_made_again() -> None:
    recent, values = Recent(-1.0), iter(range(5))
    assert [recent.get("a", lambda: next(values)) for _ in range(3)] == [0, 1, 2]
