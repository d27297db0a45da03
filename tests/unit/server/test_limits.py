"""How many threads may wait, whose turn it is, and what is remembered for a moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from weakref import ref

import pytest

from server.engine.types import EngineBusy
from server.errors import TooManyRequests
from server.limits import Limits, Places
from server.metrics import Metrics
from server.recent import MOST, Recent


@pytest.fixture
def limits() -> Limits:
    return Limits(waiting=2, following=1, rate="3/hour", metrics=Metrics())


def test_who_finds_no_place_to_wait_is_told_at_once(limits: Limits) -> None:
    with limits.waiting(), limits.waiting(), pytest.raises(EngineBusy), limits.waiting():
        raise AssertionError("there was a place")
    with limits.waiting():
        pass


def test_who_follows_takes_no_place_to_wait(limits: Limits) -> None:
    with limits.following(), limits.waiting(), limits.waiting():
        with pytest.raises(EngineBusy) as error, limits.following():
            raise AssertionError("there was a place")
        assert error.value.retry_after
    with limits.following():
        pass


def test_a_place_is_given_back_by_who_fails(limits: Limits) -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), limits.waiting():
            raise ZeroDivisionError


def test_where_nobody_may_wait_for_a_place_the_next_is_told_at_once() -> None:
    places = Places(2, waiting=0, patience=3600)
    with places.taken(), places.taken(), pytest.raises(EngineBusy) as error, places.taken():
        raise AssertionError("there was a place")
    assert error.value.retry_after
    with places.taken(), places.taken():
        pass


def test_who_waits_in_vain_gives_up_and_leaves_the_queue() -> None:
    places = Places(1, waiting=1, patience=0)
    with places.taken():
        for _ in range(3):
            with pytest.raises(EngineBusy), places.taken():
                raise AssertionError("there was a place")


def test_who_waits_gets_the_place_that_becomes_free() -> None:
    places, inside = Places(1, waiting=7, patience=3600), []

    def take(n: int) -> None:
        with places.taken():
            inside.append(n)

    with ThreadPoolExecutor(7) as threads:
        with places.taken():
            asked = [threads.submit(take, n) for n in range(7)]
        for future in asked:
            future.result()
    assert sorted(inside) == list(range(7))


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


def test_what_is_of_another_state_is_made_again_in_its_place() -> None:
    recent, lists = Recent(3600), [{n} for n in range(4)]
    found = [recent.get("a", partial(lists.__getitem__, n), state=state) for n, state in enumerate("xxyx")]
    assert found == [{0}, {0}, {2}, {3}]
    del found
    assert let_go(lists) == [True, True, True, False]


def test_what_is_too_old_for_anybody_is_let_go_with_the_next() -> None:
    old, lists = Recent(-1.0), [{n} for n in range(4)]
    for n in range(4):
        old.get(n, partial(lists.__getitem__, n))
    assert all(let_go(lists))


def test_the_oldest_are_let_go_where_there_are_too_many() -> None:
    recent, lists = Recent(3600), [{n} for n in range(MOST + 2)]
    for n in range(MOST + 2):
        recent.get(n, partial(lists.__getitem__, n))
    assert let_go(lists) == [True, True, *[False] * MOST]


def let_go(lists: list[set[int]]) -> list[bool]:
    """Which of them nobody holds any more once the list does not."""
    seen = [ref(one) for one in lists]
    lists.clear()
    return [one() is None for one in seen]
