"""Tasks are errands: they go on whoever leaves, and are forgotten as soon as they come to an end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from distributed import Scheduler
from distributed.diagnostics.plugin import SchedulerPlugin

NOBODY = "fire-and-forget"
"""The client in whose name Dask runs what nobody waits for."""


class Errands(SchedulerPlugin):
    """Why not `distributed.fire_and_forget`: its message may come after the task has ended; the scheduler then keeps
    the result for ever, and who asks for the same key again (a retry) is given that instead of another run."""

    name = "glossator-errands"

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def update_graph(self, scheduler: Scheduler, *, keys: Iterable[Any], **_: Any) -> None:
        """Before the first of the new tasks can run."""
        scheduler.client_desires_keys(list(keys), NOBODY)

    def transition(self, key: Any, start: str, finish: str, *_: Any, **__: Any) -> None:
        """A result is only a name, and an error was logged: what came of it is in the store."""
        if finish in ("memory", "erred"):
            asyncio.get_running_loop().call_soon(self._forget, key)  # after its clients were told

    def _forget(self, key: Any) -> None:
        state = self._scheduler.tasks.get(key)
        if state and state.state in ("memory", "erred"):
            for client in list(state.who_wants or ()):
                self._scheduler.client_releases_keys([key], client.client_key)
