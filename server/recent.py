"""The last result of something costly that many ask for at once, kept for a moment."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 256


class Recent:
    """Results by key; one thread makes a result, the others that ask for it wait."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._made: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._turns = tuple(threading.Lock() for _ in range(16))

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returned at most so many seconds ago, or returns now."""
        with self._turns[hash(key) % len(self._turns)]:
            when, value = self._made.get(key, (float("-inf"), None))
            if time.monotonic() - when > self._seconds:
                value = make()
                self._made[key] = time.monotonic(), value
                while len(self._made) > MOST:
                    self._made.popitem(last=False)
            found: T = value
            return found
