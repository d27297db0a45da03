"""The process that computes: what a worker is made of, and `glossator worker` for a machine of its own."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

from distributed import Client, Nanny, Worker
from distributed.diagnostics.plugin import WorkerPlugin
from distributed.security import Security
from distributed.system import MEMORY_LIMIT

from server.engine.address import Places
from server.engine.configuration import configure_dask, release, threads
from server.engine.gate import GateClosed
from server.engine.logs import log_to
from server.engine.reader import Reader
from server.engine.tasks import PLUGIN, release_of
from server.engine.tls import security
from server.engine.types import EngineUnavailable, ReadingTask
from server.engine.workshop import build_reader
from server.settings import Settings

log = logging.getLogger(__name__)

CLOSING = 20.0
"""Seconds that a worker gets to stop; three quarters of them for the pictures in flight."""

RETRY = 5.0
"""Seconds between two looks for an engine that is away."""


class ReadingRoom(WorkerPlugin):
    """What makes a Dask worker one of ours: the reader, its log, what it tells the scheduler."""

    name = PLUGIN

    def __init__(
        self, settings: Settings, log_file: Path | None, build: Callable[[Settings], Reader] = build_reader
    ) -> None:
        self._settings, self._log_file, self._build = settings, log_file, build
        self._reader: Reader | None = None

    def setup(self, worker: Worker) -> None:
        """Raises what is wrong with the settings or the store; the worker then does not start."""
        configure_dask()
        log_to(self._log_file, self._settings.log_level)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the nanny gets them too, and stops us in good order
        worker.http_server.stop()
        self._reader = self._build(self._settings)
        worker.metrics[PLUGIN] = self._tell

    async def teardown(self, worker: Worker) -> None:
        if self._reader:
            await asyncio.to_thread(self._reader.close, CLOSING * 3 / 4)

    def read(self, task: ReadingTask) -> None:
        """Only logs what goes wrong with the store: whoever waits sees that there is neither reading nor failure."""
        assert self._reader
        try:
            self._reader.read(task)
        except GateClosed:
            log.info("not begun, since this worker stops", extra={"revision": task.revision[:16]})
        except Exception:
            log.exception("no reading and no failure could be stored", extra={"revision": task.revision[:16]})

    def _tell(self, worker: Worker) -> list[tuple[Any, ...]]:
        return [astuple(loaded) for loaded in self._reader.lanes.loaded()] if self._reader else []


def nanny(settings: Settings, scheduler: str, keys: Security, log_file: Path | None, host: str | None = None) -> Nanny:
    """Starts a worker process, watches it, and starts another when it dies."""
    every, background = threads(settings)
    return Nanny(
        scheduler,
        nthreads=every,
        resources={"urgent": every, "background": background},
        security=keys,
        host=host,
        memory_limit=MEMORY_LIMIT,
        local_directory=str(Places(settings.data).scratch),
        dashboard_address="127.0.0.1:0",
        extensions={},  # as in the scheduler
        startup_information={PLUGIN: _release_of},
        plugins=(ReadingRoom(settings, log_file),),
    )


def run_worker(settings: Settings, scheduler: str) -> None:
    """`glossator worker`: compute for the engine at `scheduler` until stopped, coming back whenever it does.

    Reads the settings and the store of this machine, and the keys that were copied into its data directory. Raises
    EngineUnavailable if the engine is of another release.
    """
    configure_dask()
    log_to(None, settings.log_level)
    asyncio.run(_work(settings, scheduler))


async def _work(settings: Settings, scheduler: str) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    keys = security(settings.data)
    while not stopped.is_set():
        try:
            await _check_release(scheduler, keys)
            watched = nanny(settings, scheduler, keys, None)
            await watched
            await first_of(stopped.wait(), watched.finished())  # type: ignore[no-untyped-call]
            await watched.close(timeout=CLOSING)
        except OSError as error:
            log.warning("no engine answers", extra={"scheduler": scheduler, "error": str(error)})
        await first_of(stopped.wait(), asyncio.sleep(RETRY))


async def _check_release(scheduler: str, keys: Security) -> None:
    asking = Client(scheduler, security=keys, asynchronous=True, set_as_default=False)  # type: ignore[no-untyped-call]
    async with asking as client:
        theirs = await client.run_on_scheduler(release_of)
    if theirs != release():
        raise EngineUnavailable(
            f"The engine at {scheduler} is of release {theirs}, this worker of {release()}. Install the same release.",
            retry_after=RETRY,
        )


async def first_of(*awaitables: Any) -> None:
    """Until one of them ends; the others are cancelled."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def _release_of(worker: Worker) -> str:
    return release()
