"""Few requests at once to one host, from all threads and processes together; and a host that asks for rest gets it."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from filelock import BaseFileLock, FileLock, Timeout

from .failures import Unavailable
from .limits import Deadline

_POLL = 0.01


class Turns:
    """`per_host` turns for each host (name and port)."""

    def __init__(self, per_host: int, directory: Path | None) -> None:
        """With a `directory` on a local disk, the turns are shared with every process that uses the same one."""
        self._per_host, self._directory = per_host, directory
        self._lock = threading.Lock()
        self._threads: dict[str, threading.Semaphore] = {}
        self._resting: dict[str, float] = {}
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def turn(self, url: str, deadline: Deadline) -> Iterator[None]:
        """Waits for a turn at the host of `url`; raises Unavailable at the deadline."""
        host = urlsplit(url).netloc.lower()
        self._let_rest(host, url, deadline)
        with self._lock:
            threads = self._threads.setdefault(host, threading.Semaphore(self._per_host))
        # Threads of this process queue on the semaphore, so that at most one process in each slot has to poll.
        if not threads.acquire(timeout=deadline.left):
            raise _no_turn(url, host)
        try:
            with self._slot(host, url, deadline):
                yield
        finally:
            threads.release()

    def rest(self, url: str, seconds: float) -> None:
        """Nothing more is asked of this host (by this process) for so long; it has answered 429."""
        with self._lock:
            self._resting[urlsplit(url).netloc.lower()] = time.monotonic() + seconds

    def _let_rest(self, host: str, url: str, deadline: Deadline) -> None:
        pause = self._resting.get(host, 0.0) - time.monotonic()
        if pause > deadline.left:
            raise Unavailable(
                f"{host} has asked for a rest of {pause:.0f} s more; {url} was not asked for. Try again then.",
                url=url,
                status=429,
                retry_after=pause,
            )
        if pause > 0:
            time.sleep(pause)

    @contextmanager
    def _slot(self, host: str, url: str, deadline: Deadline) -> Iterator[None]:
        if self._directory is None:
            yield
            return
        slot = self._wait_for_slot(self._directory / hashlib.sha256(host.encode()).hexdigest()[:16], deadline)
        if slot is None:
            raise _no_turn(url, host)
        try:
            yield
        finally:
            slot.release()

    def _wait_for_slot(self, stem: Path, deadline: Deadline) -> BaseFileLock | None:
        numbers = random.sample(range(self._per_host), self._per_host)
        while True:
            for number in numbers:
                slot = FileLock(f"{stem}.{number}", preserve_lock_file=True)
                if _taken(slot):
                    return slot
            if not deadline.left:
                return None
            time.sleep(_POLL)


def _taken(slot: BaseFileLock) -> bool:
    try:
        slot.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _no_turn(url: str, host: str) -> Unavailable:
    return Unavailable(f"{url} was not asked for: too many requests to {host} are waiting. Try again later.", url=url)
