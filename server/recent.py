"""The last result of something costly that many ask for at once, kept for a moment."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 256


@dataclass(frozen=True, slots=True)
class _Made:
    when: float
    state: Hashable
    value: Any


class Recent:
    """Results by key; one thread makes a result, the others that ask for it wait."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._made: OrderedDict[Hashable, _Made] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = tuple(threading.Lock() for _ in range(16))

    def get(self, key: Hashable, make: Callable[[], T], *, state: Hashable = None) -> T:
        """What `make` returned at most so many seconds ago while the state was this one, or returns now."""
        with self._turns[hash(key) % len(self._turns)]:
            made = self._made.get(key)
            if made is None or made.state != state or self._is_old(made):
                value = make()
                made = _Made(time.monotonic(), state, value)
                self._keep(key, made)
            found: T = made.value
            return found

    def _keep(self, key: Hashable, made: _Made) -> None:
        """As the newest; the oldest go, so that nothing lies here that is too old to be given to anybody."""
        with self._lock:
            self._made[key] = made
            self._made.move_to_end(key)
            while len(self._made) > MOST or (self._made and self._is_old(next(iter(self._made.values())))):
                self._made.popitem(last=False)

    def _is_old(self, made: _Made) -> bool:
        return time.monotonic() - made.when > self._seconds
