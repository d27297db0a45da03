"""The web side's door to the engine. It waits; it computes nothing and imports no model."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from iiif_store.stores.base import Job, Store
from server.engine import failing
from server.engine.tasks import wake_jobs
from server.engine.types import (
    EngineBusy,
    EngineLost,
    EngineStatus,
    EngineUnavailable,
    ReadingFailed,
    ReadingTask,
    StillComputing,
)
from server.settings import Settings

if TYPE_CHECKING:
    from server.engine.link import Link
    from server.engine.starting import Starter

log = logging.getLogger(__name__)

LOOK = 2.0
"""Seconds between two looks into the store while waiting: another task may have made the same reading."""

AGAIN = 0.2
"""Seconds before a reading is asked for again that came back neither made nor failed."""

REPORT_AGE = 1.0
"""Seconds that a report of the engine is believed when the queue is compared with its cap."""


class DaskEngine:
    """One per process, used by all its threads. Nothing is connected or started until somebody waits."""

    def __init__(self, settings: Settings, store: Store, *, threads: int) -> None:
        """`threads`: how many requests this process answers at once; at most half of them may wait here."""
        self._settings, self._store = settings, store
        self._seats = threading.BoundedSemaphore(max(1, threads // 2))
        self._connecting = threading.Lock()
        self._starter: Starter | None = None
        self._link: Link | None = None
        self._told: tuple[float, int] = (float("-inf"), 0)

    def ensure(self, task: ReadingTask, *, wait: float) -> None:
        """See `types.Engine.ensure`."""
        if self._is_settled(task):
            return
        with self._seat():
            self._wait(task, time.monotonic() + wait)

    def prefetch(self, tasks: Iterable[ReadingTask]) -> None:
        """See `types.Engine.prefetch`. Nothing is connected or started for it."""
        link = self._link
        try:
            for task in tasks:
                if link and link.alive and not self._store.has_reading(task.revision):
                    link.submit(task, "soon", lambda: None)
        except Exception as error:  # noqa: BLE001  it is a courtesy; nobody waits for it
            log.warning("nothing read ahead", extra={"error": str(error)})

    def start(self, job: Job) -> None:
        """See `types.Engine.start`. Raises EngineUnavailable; the record stays and the next engine finds it."""
        try:
            self._connected(time.monotonic() + self._settings.deadline).ask(wake_jobs)
        except EngineLost as error:
            raise EngineUnavailable(f"Job {job.id} waits for an engine: {error}", retry_after=10.0) from error

    def status(self) -> EngineStatus:
        """See `types.Engine.status`. Starts nothing."""
        try:
            link = self._found()
            report = link.report() if link else None
        except (EngineLost, EngineUnavailable) as error:
            log.info("no status", extra={"error": str(error)})
            report = None
        if link is None or report is None:
            return EngineStatus(False, None, 0, 0, (), ())
        queued = sum(report.waiting.values())
        return EngineStatus(
            True, link.url, report.workers, queued, report.computing, report.backends, dict(report.waiting)
        )

    def close(self) -> None:
        """Let go of the engine, which goes on."""
        with self._connecting:
            if self._link:
                self._link.close()
            self._link = None

    def _wait(self, task: ReadingTask, deadline: float) -> None:
        """Ask until the store has an answer. An engine that is lost meanwhile is found or started again."""
        while True:
            link, ended = self._connected(deadline), threading.Event()
            try:
                self._check_queue(link)
                link.submit(task, "now", ended.set)
            except EngineLost:
                self._drop(link)
                continue
            while not ended.wait(min(LOOK, max(0.0, deadline - time.monotonic()))):
                if self._is_settled(task):
                    return
                if time.monotonic() >= deadline:
                    raise StillComputing("The model is still at work on this page.", retry_after=5.0)
            if self._is_settled(task):
                return
            time.sleep(AGAIN if link.alive else 0.0)

    def _is_settled(self, task: ReadingTask) -> bool:
        """Whether the reading is there; raises ReadingFailed if it was tried and is not yet to be tried again."""
        if self._store.has_reading(task.revision):
            return True
        failure = self._store.get_failure(task.revision)
        if failure and not failing.is_due(failure):
            raise ReadingFailed(failure)
        return False

    @contextmanager
    def _seat(self) -> Iterator[None]:
        if not self._seats.acquire(blocking=False):
            raise EngineBusy("Half of this server's threads wait for models already.", retry_after=2.0)
        try:
            yield
        finally:
            self._seats.release()

    def _check_queue(self, link: Link) -> None:
        """Compare with what the scheduler said lately, and with what was asked for here since."""
        when, waiting = self._told
        if time.monotonic() - when > REPORT_AGE:
            when, waiting = time.monotonic(), link.report().waiting.get("now", 0)
        if waiting >= self._settings.queue_limit:
            self._told = when, waiting
            raise EngineBusy(f"{waiting} readings wait already.", retry_after=10.0)
        self._told = when, waiting + 1

    def _connected(self, deadline: float) -> Link:
        """The link, made again if it broke; an engine is started if there is none. Raises EngineUnavailable."""
        link = self._link
        if link and link.alive:
            return link
        if not self._connecting.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise EngineUnavailable("The engine is still starting.", retry_after=5.0)
        try:
            if self._link is None or not self._link.alive:
                self._link = self._start().find_or_start(deadline)
            return self._link
        finally:
            self._connecting.release()

    def _found(self) -> Link | None:
        """The link, or one to an engine that runs already."""
        with self._connecting:
            if self._link is None or not self._link.alive:
                self._link = self._start().find()
            return self._link

    def _drop(self, link: Link) -> None:
        link.close()
        if self._link is link:
            self._link = None

    def _start(self) -> Starter:
        """Made late: it makes keys, and importing `distributed` takes half a second."""
        from server.engine.starting import Starter

        if self._starter is None:
            self._starter = Starter(self._settings)
        return self._starter
