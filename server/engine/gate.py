"""Many together or one alone: a readers-writer lock, for finding out which picture kills a worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class GateClosed(Exception):
    """Nobody is let in any more."""


class Gate:
    """Who waits to be alone goes before everybody who comes later, so that it is not kept waiting for ever."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._together = 0
        self._alone = False
        self._waiting = 0
        self._closed = False

    @contextmanager
    def together(self) -> Iterator[None]:
        """Inside with others, but with nobody who asked to be alone. Raises GateClosed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not (self._alone or self._waiting))
            self._refuse_when_closed()
            self._together += 1
        try:
            yield
        finally:
            with self._changed:
                self._together -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside with nobody else. Raises GateClosed."""
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: self._closed or not (self._alone or self._together))
            self._waiting -= 1
            self._refuse_when_closed()
            self._alone = True
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()

    def close(self, timeout: float) -> bool:
        """Let nobody in any more; whether those inside have left within `timeout` seconds."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not (self._alone or self._together), timeout)

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise GateClosed
