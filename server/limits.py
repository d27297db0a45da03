"""Slow work may not take every thread, nor one client the whole queue (design, section 4)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from server.engine.types import EngineBusy
from server.errors import TooManyRequests
from server.metrics import Metrics


class Places:
    """For work that takes all processors: so many threads do it at once, some wait for a place, the others are told."""

    def __init__(self, number: int, *, waiting: int, patience: float) -> None:
        """`patience`: seconds after which a thread that waits gives up."""
        self._free, self._queue = threading.BoundedSemaphore(number), threading.BoundedSemaphore(waiting)
        self._patience = patience

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place; raises EngineBusy where there is none and enough wait already, or none becomes free."""
        if not (self._free.acquire(blocking=False) or self._waited()):
            raise EngineBusy("Too many pictures are being drawn here; ask again in a moment.", retry_after=5)
        try:
            yield
        finally:
            self._free.release()

    def _waited(self) -> bool:
        if not self._queue.acquire(blocking=False):
            return False
        try:
            return self._free.acquire(timeout=self._patience)
        finally:
            self._queue.release()


class Limits:
    """How many threads of this process may wait, and how many cold pages a client may ask for.

    Both are per process. Warm answers never come here.
    """

    def __init__(self, *, waiting: int, following: int, rate: str, metrics: Metrics) -> None:
        self._slots, self._streams = threading.BoundedSemaphore(waiting), threading.BoundedSemaphore(following)
        self._turns = tuple(threading.Lock() for _ in range(64))
        self._rate = parse(rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._metrics = metrics

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Hold one of the threads that may wait for a model or a publisher; raises EngineBusy when none is left."""
        if not self._slots.acquire(blocking=False):
            raise EngineBusy("Too many answers are being waited for here; ask again in a moment.", retry_after=5)
        self._metrics.waiting.inc()
        try:
            yield
        finally:
            self._metrics.waiting.dec()
            self._slots.release()

    @contextmanager
    def following(self) -> Iterator[None]:
        """Hold one of the threads that may tell how a job goes on, as long as somebody listens: strangers too, so they
        are none of those that wait. Raises EngineBusy when none is left."""
        if not self._streams.acquire(blocking=False):
            why = "Too many jobs are being followed here. Ask for the job itself from time to time, or here again."
            raise EngineBusy(why, retry_after=5)
        try:
            yield
        finally:
            self._streams.release()

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """One thread at a time for one name; the others wait."""
        with self._turns[hash(name) % len(self._turns)]:
            yield

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Whether no other thread has its turn for this name now; nobody waits."""
        lock = self._turns[hash(name) % len(self._turns)]
        first = lock.acquire(blocking=False)
        try:
            yield first
        finally:
            if first:
                lock.release()

    def count(self, client: str) -> None:
        """Count one cold page against a client; raises TooManyRequests."""
        if not self._limiter.hit(self._rate, "cold", client):
            raise TooManyRequests(
                f"More than {self._rate} pages that are not computed yet were asked for from {client}.",
                retry_after=float(self._rate.get_expiry()),
            )
