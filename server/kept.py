"""Things kept in memory up to a size: the ones used last stay."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """For any number of threads."""

    def __init__(self, size: int) -> None:
        """`size`: the most that the weights add up to."""
        self._size, self._weight = size, 0
        self._entries: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> V | None:
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: V, weight: int = 1) -> None:
        """Unless it would fill a quarter of the room; that is left to those that are asked for more often."""
        if weight * 4 > self._size:
            return
        with self._lock:
            self._take(key)
            self._entries[key] = value, weight
            self._weight += weight
            while self._weight > self._size:
                self._take(next(iter(self._entries)))

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._take(key)

    def _take(self, key: Hashable) -> None:
        if found := self._entries.pop(key, None):
            self._weight -= found[1]
