"""The engine: a process of its own with scheduler, worker and job runner, which outlives the web processes.

`glossator engine` runs it in the foreground; whoever needs one and finds none starts this module detached, with its
settings on standard input, and it leaves when it has been idle for long.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from distributed import Nanny, Scheduler
from distributed.core import Status
from filelock import FileLock, Timeout

from server.engine.address import Address, Places
from server.engine.configuration import configure_dask, fingerprint, release
from server.engine.jobs import JobRunner
from server.engine.link import Link
from server.engine.logs import log_to, rotate
from server.engine.scheduler import Desk, make_scheduler
from server.engine.tasks import PLUGIN
from server.engine.tls import security
from server.engine.types import EngineUnavailable, ReadingTask
from server.engine.worker import CLOSING, nanny
from server.services import build
from server.settings import Settings

log = logging.getLogger("server.engine.process")  # also when run with -m

LOCK_TIMEOUT = CLOSING + 10
"""Seconds that an engine on its way out has for giving up its place."""

WATCH = 0.5
RESTARTING = 60.0
"""Seconds in which the nanny must have started another worker."""

WINDOW = 4
"""Tasks of jobs under way for each thread that computes: enough that none waits for the next."""

WORKER_LOST = "worker lost"


class EngineProcess:
    """One engine, from its lock to its last word."""

    def __init__(self, settings: Settings, *, listen: str, on_demand: bool) -> None:
        self._settings, self._on_demand = settings, on_demand
        self._listen = urlsplit(listen)
        self._places = Places(settings.data)
        self._leave = asyncio.Event()
        self._why = ""
        self._busy_at = self._worker_at = time.monotonic()

    async def run(self) -> int:
        """Until it is told to stop, has been idle for long, or cannot go on; the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._retire, signal.Signals(number).name)
        keys = security(self._settings.data)
        async with make_scheduler(self._listen, keys, self._places.scratch) as scheduler:
            address = self._address(scheduler)
            self._places.write(address)
            try:
                return await self._serve(scheduler, address)
            finally:
                self._places.withdraw(address)

    async def _serve(self, scheduler: Scheduler, address: Address) -> int:
        keys = security(self._settings.data)
        link = LateLink(address.url, self._settings)
        runner = self._job_runner(scheduler, link)
        scheduler.extensions[PLUGIN] = Desk(runner.wake, self._retire)
        log_file = self._places.log if self._on_demand else None
        worker = await nanny(self._settings, address.url, keys, log_file, self._listen.hostname)
        runner.start()
        log.info("engine ready", extra={"address": address.url, "pid": address.pid})
        try:
            while not self._leave.is_set():
                await self._pause(WATCH)
                self._watch(scheduler, worker, runner, address)
        finally:
            log.info("engine leaves", extra={"reason": self._why})
            self._places.withdraw(address)
            await asyncio.to_thread(runner.stop)
            link.close()
            await worker.close(timeout=CLOSING)
        return 1 if self._why == WORKER_LOST else 0

    def _address(self, scheduler: Scheduler) -> Address:
        return Address(
            id=uuid.uuid4().hex,
            url=str(scheduler.address),
            pid=os.getpid(),
            release=release(),
            fingerprint=fingerprint(self._settings),
            on_demand=self._on_demand,
            started=time.time(),
        )

    def _job_runner(self, scheduler: Scheduler, link: LateLink) -> JobRunner:
        """It submits as every client does, through a connection of its own."""
        services = build(self._settings)
        return JobRunner(
            services.store,
            services.plan,
            link.submit,
            window=lambda: WINDOW * max(1, scheduler.total_nthreads),
            attempts=self._settings.attempts,
        )

    def _retire(self, reason: str) -> None:
        self._why = self._why or reason
        self._leave.set()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._leave.wait(), seconds)
        except TimeoutError:
            return

    def _watch(self, scheduler: Scheduler, worker: Nanny, runner: JobRunner, address: Address) -> None:
        now = time.monotonic()
        if scheduler.tasks or runner.active or not self._on_demand:
            self._busy_at = now
        if now - self._busy_at >= self._settings.engine_idle:
            self._retire("idle")
        if worker.process and worker.process.status in (Status.starting, Status.running):
            self._worker_at = now
        if now - self._worker_at >= RESTARTING:
            self._retire(WORKER_LOST)
        self._keep_address(address)
        rotate(self._places.log)

    def _keep_address(self, address: Address) -> None:
        """run/ may be deleted at any time; if another engine has come up meanwhile, it stays and we go."""
        written = self._places.read()
        if written is None:
            self._places.restore(address)
        elif written.id != address.id:
            self._retire("superseded")


class LateLink:
    """A connection that is made when the first task is submitted, and again when it breaks."""

    def __init__(self, url: str, settings: Settings) -> None:
        self._url, self._settings = url, settings
        self._link: Link | None = None

    def submit(self, task: ReadingTask, ended: Callable[[], None]) -> None:
        if self._link is None or not self._link.alive:
            self._link = Link(self._url, security(self._settings.data))
        self._link.submit(task, "later", ended)

    def close(self) -> None:
        if self._link:
            self._link.close()


def run_engine(settings: Settings, *, listen: str = "tls://127.0.0.1:0", on_demand: bool = False) -> int:
    """`glossator engine`: compute until stopped; the exit status.

    `listen` on another address than loopback lets workers of other machines in, if they hold the keys. Raises
    EngineUnavailable if this data directory has an engine already.
    """
    configure_dask()
    places = Places(settings.data)
    log_to(places.log if on_demand else None, settings.log_level)
    try:
        with FileLock(places.lifetime, timeout=LOCK_TIMEOUT):
            places.address.unlink(missing_ok=True)  # of an engine that was killed
            return asyncio.run(_engine(settings, listen, on_demand))
    except Timeout as error:
        running = places.read()
        where = f"at {running.url}, process {running.pid}" if running else "that is starting or leaving"
        message = f"{settings.data} has an engine already, {where}. Stop it first, or use it."
        raise EngineUnavailable(message, retry_after=LOCK_TIMEOUT) from error


async def _engine(settings: Settings, listen: str, on_demand: bool) -> int:
    return await EngineProcess(settings, listen=listen, on_demand=on_demand).run()


def main() -> None:
    """Started by whoever needed an engine: the settings come on standard input."""
    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    try:
        sys.exit(run_engine(settings, on_demand=True))
    except EngineUnavailable as error:
        log.info("another engine was first", extra={"reason": str(error)})
    except Exception:
        log.exception("engine failed")
        sys.exit(1)


if __name__ == "__main__":
    main()
