"""The readers-writer gate: many together, or one alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from server.engine.gate import Gate, GateClosed
from tests.engines import PATIENCE, until


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


class Visitor:
    """Goes in, says so, and stays until it is let go."""

    def __init__(self, gate: Gate, threads: ThreadPoolExecutor, *, alone: bool = False) -> None:
        self.inside, self._leave = threading.Event(), threading.Event()
        self._entrance = gate.alone if alone else gate.together
        self._visit: Future[None] = threads.submit(self._go)

    def leave(self) -> None:
        self._leave.set()
        self._visit.result(PATIENCE)

    def _go(self) -> None:
        with self._entrance():
            self.inside.set()
            assert self._leave.wait(PATIENCE)


def test_many_are_together(threads: ThreadPoolExecutor) -> None:
    gate = Gate()
    visitors = [Visitor(gate, threads) for _ in range(4)]
    assert all(visitor.inside.wait(PATIENCE) for visitor in visitors)
    for visitor in visitors:
        visitor.leave()


def test_who_is_alone_waits_for_the_others_and_keeps_newcomers_out(threads: ThreadPoolExecutor) -> None:
    gate = Gate()
    first = Visitor(gate, threads)
    assert first.inside.wait(PATIENCE)
    alone = Visitor(gate, threads, alone=True)
    until(lambda: gate._waiting)
    late = Visitor(gate, threads)
    assert not alone.inside.is_set()
    assert not late.inside.is_set(), "newcomers do not keep waiting who waits to be alone"
    first.leave()
    assert alone.inside.wait(PATIENCE)
    assert not late.inside.is_set()
    alone.leave()
    assert late.inside.wait(PATIENCE)
    late.leave()


def test_two_who_want_to_be_alone_take_turns(threads: ThreadPoolExecutor) -> None:
    gate = Gate()
    visitors = [Visitor(gate, threads, alone=True) for _ in range(2)]
    until(lambda: any(visitor.inside.is_set() for visitor in visitors))
    assert sum(visitor.inside.is_set() for visitor in visitors) == 1
    for visitor in sorted(visitors, key=lambda visitor: not visitor.inside.is_set()):
        assert visitor.inside.wait(PATIENCE)
        visitor.leave()


def test_a_closed_gate_waits_for_those_inside_and_refuses_the_rest(threads: ThreadPoolExecutor) -> None:
    gate = Gate()
    inside = Visitor(gate, threads)
    assert inside.inside.wait(PATIENCE)
    waiting = Visitor(gate, threads, alone=True)
    assert not gate.close(0)
    with pytest.raises(GateClosed):
        waiting.leave()
    with pytest.raises(GateClosed), gate.together():
        pass
    inside.leave()
    assert gate.close(0)


def test_an_error_inside_lets_the_next_one_in() -> None:
    gate = Gate()
    for entrance in (gate.alone, gate.together):
        with pytest.raises(ValueError, match="inside"), entrance():
            raise ValueError("inside")
    with gate.alone():
        pass
