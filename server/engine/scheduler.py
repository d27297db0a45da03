"""The scheduler as we use it: tasks are errands, workers are our own, and there is no page to look at."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult

from distributed import Scheduler
from distributed.comm.core import Comm
from distributed.diagnostics.plugin import SchedulerPlugin
from distributed.scheduler import DEFAULT_EXTENSIONS
from distributed.security import Security

from server.engine.configuration import PROMPT, release
from server.engine.tasks import PLUGIN

log = logging.getLogger(__name__)

NOBODY = "fire-and-forget"
"""The client in whose name Dask runs what nobody waits for."""


class Errands(SchedulerPlugin):
    """Tasks go on whoever leaves, and are forgotten as soon as they come to an end.

    Why not `distributed.fire_and_forget`: its message may come after the task has ended; the scheduler then keeps
    the result for ever, and who asks for the same key again (a retry) is given that instead of another run."""

    name = "glossator-errands"

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:
        scheduler.stream_comms[worker].interval = PROMPT

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


@dataclass(frozen=True, slots=True)
class Desk:
    """What clients may ask of the engine itself, through the scheduler (`server.engine.tasks`)."""

    wake: Callable[[], None]
    retire: Callable[[str], None]


class EngineScheduler(Scheduler):
    """Lets in only workers of our own release: tasks name functions, and functions change."""

    async def add_worker(self, comm: Comm, *, extra: dict[str, Any], name: str, **registration: Any) -> None:
        theirs = extra.get(PLUGIN)
        if theirs == release():
            await super().add_worker(comm, extra=extra, name=name, **registration)
            return
        message = f"worker {name} is of release {theirs}, this engine of {release()}; install the same release on both"
        log.error("worker refused", extra={"reason": message})
        refusal = {"status": "error", "message": message, "time": time.time()}
        await comm.write(refusal)  # type: ignore[no-untyped-call]


@asynccontextmanager
async def make_scheduler(listen: SplitResult, keys: Security, scratch: Path) -> AsyncIterator[Scheduler]:
    """Listens until the end of the block. Of the extensions only what we use; `spans` would grow for ever."""
    scheduler = EngineScheduler(
        protocol="tls",
        host=listen.hostname,
        port=listen.port or 0,
        security=keys,
        local_directory=str(scratch),
        dashboard=False,
        dashboard_address="127.0.0.1:0",
        extensions={"stealing": DEFAULT_EXTENSIONS["stealing"]},
    )
    async with scheduler:
        scheduler.http_server.stop()
        scheduler.add_plugin(Errands(scheduler))
        yield scheduler
