"""Jobs: many readings asked for at once. The record is in the store, the queue is what is still missing there.

A job is worked off in a sliding window, so that the scheduler never holds more than a few of its tasks. Whoever
pauses or cancels it writes that into the record; an engine that starts goes on with what is queued or running.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Protocol

from iiif_store.errors import GlossatorError, StoreUnavailable
from iiif_store.stores.base import Job, JobState, Store
from ml_backends.types import BackendUnavailable, UnknownBackend
from server.engine import failing
from server.engine.types import ReadingTask

log = logging.getLogger(__name__)

POLL = 1.0
"""Seconds until a record that was changed by another process is noticed."""

SCAN = 5.0
"""Seconds until a new record is noticed, unless somebody wakes us."""

STEPS = 500
"""Readings that are looked at before records are looked at again; most of a resumed job may be there already."""

LOST_WAIT, LOST_TIMES = 5.0, 10

MANY_JOBS = 100_000

UNDER_WAY: tuple[JobState, ...] = ("queued", "running")


class Plan(Protocol):
    """What a job stands for."""

    def tasks(self, job: Job, *, fetch: bool) -> Iterator[ReadingTask]:
        """Every reading of the job, in order; without `fetch` only those known without asking a publisher.

        Raises GlossatorError if the job cannot be carried out.
        """
        ...


class Submit(Protocol):
    """How a task gets to the workers, below everything on demand."""

    def __call__(self, task: ReadingTask, ended: Callable[[], None]) -> None:
        """Returns at once; `ended` is called from any thread when the task has come to an end, or is lost."""
        ...


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a job is, counted from what is stored."""

    total: int
    """Of a collection it grows while the job meets members for the first time."""
    done: int
    failed: int


def count(job: Job, plan: Plan, store: Store, attempts: int) -> Counts:
    """`failed` are those that this job will not try again."""
    total = done = failed = 0
    for task in plan.tasks(job, fetch=False):
        total += 1
        if store.has_reading(task.revision):
            done += 1
        elif (failure := store.get_failure(task.revision)) and failing.is_given_up(failure, attempts):
            failed += 1
    return Counts(total, done, failed)


@dataclass(slots=True)
class Run:
    """A job that is being worked off."""

    job: Job
    tasks: Iterator[ReadingTask]
    in_flight: int = 0
    exhausted: bool = False
    deferred: list[tuple[float, int, ReadingTask]] = field(default_factory=list)
    """A heap: (when on time.monotonic, tie-breaker, what)."""
    lost: int = 0
    _ties: Iterator[int] = field(default_factory=itertools.count)

    @property
    def over(self) -> bool:
        return self.exhausted and not self.in_flight and not self.deferred

    def defer(self, task: ReadingTask, seconds: float) -> None:
        heapq.heappush(self.deferred, (time.monotonic() + seconds, next(self._ties), task))

    def next(self) -> ReadingTask | None:
        """What is due for another try, else what comes next; None if there is nothing now."""
        if self.deferred and self.deferred[0][0] <= time.monotonic():
            return heapq.heappop(self.deferred)[2]
        task = next(self.tasks, None)
        self.exhausted = self.exhausted or task is None
        return task


class JobRunner:
    """Runs in the engine, in a thread of its own. Jobs take turns, so that a small one is not kept by a large one."""

    def __init__(self, store: Store, plan: Plan, submit: Submit, window: Callable[[], int], attempts: int) -> None:
        """`window`: how many tasks may be under way at once."""
        self._store, self._plan, self._submit = store, plan, submit
        self._window, self._attempts = window, attempts
        self._runs: dict[str, Run] = {}
        self._ended: SimpleQueue[tuple[Run, ReadingTask] | None] = SimpleQueue()
        self._scanned = float("-inf")
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def active(self) -> bool:
        """Whether any job is being worked off."""
        return bool(self._runs)

    def wake(self) -> None:
        """Look at the records now."""
        self._scanned = float("-inf")
        self._ended.put(None)

    def stop(self) -> None:
        """Submit nothing more; the records stay as they are, for the next engine."""
        self._stopping = True
        self._ended.put(None)
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopping:
            try:
                self._turn()
            except StoreUnavailable as error:
                log.warning("jobs wait for the store", extra={"reason": str(error)})
                time.sleep(POLL)
            except Exception:
                log.exception("job runner")
                time.sleep(POLL)

    def _turn(self) -> None:
        self._look_at_records()
        more = [self._advance(run) for run in list(self._runs.values())]
        self._collect(0.0 if any(more) else POLL)

    def _look_at_records(self) -> None:
        for run in list(self._runs.values()):
            job = self._store.get_job(run.job.id)
            if job is None or job.state not in UNDER_WAY:
                log.info("job left", extra={"job": run.job.id, "state": job.state if job else "gone"})
                del self._runs[run.job.id]
        if time.monotonic() - self._scanned >= SCAN:
            self._scanned = time.monotonic()
            for job in reversed(self._store.jobs(MANY_JOBS)):
                if job.state in UNDER_WAY and job.id not in self._runs:
                    self._begin(job)

    def _begin(self, job: Job) -> None:
        running = self._store.update_job(job.id, _begun)
        if running is None:
            return
        log.info("job begun", extra={"job": job.id, "state": job.state})
        self._runs[job.id] = Run(running, iter(self._plan.tasks(running, fetch=True)))

    def _advance(self, run: Run) -> bool:
        """Submit this job's share of the window; end the job when nothing is left of it. Whether to go on at once."""
        share = max(1, self._window() // len(self._runs))
        try:
            for _ in range(STEPS):
                if run.in_flight >= share or (task := run.next()) is None:
                    break
                self._consider(run, task)
            else:
                return True
        except StoreUnavailable:
            del self._runs[run.job.id]  # begun anew as soon as the store is back
            raise
        except (GlossatorError, BackendUnavailable, UnknownBackend) as error:
            self._end(run, "failed", str(error.args[0] if error.args else error))
            return False
        if run.over:
            self._conclude(run)
        return False

    def _consider(self, run: Run, task: ReadingTask) -> None:
        """Submit it, unless it is there, given up, or not to be tried yet."""
        if self._store.has_reading(task.revision):
            return
        if failure := self._store.get_failure(task.revision):
            if failing.is_given_up(failure, self._attempts):
                return
            if not failing.is_due(failure):
                return run.defer(task, failing.seconds_until(failure) or 0.0)
        run.in_flight += 1
        self._submit(task, lambda: self._ended.put((run, task)))

    def _collect(self, wait: float) -> None:
        """Wait for a task to end, but not so long that a changed record goes unnoticed; then take what has ended."""
        try:
            self._settle(self._ended.get(timeout=wait) if wait else self._ended.get_nowait())
            while True:
                self._settle(self._ended.get_nowait())
        except Empty:
            return

    def _settle(self, ended: tuple[Run, ReadingTask] | None) -> None:
        if ended is None:
            return
        run, task = ended
        run.in_flight -= 1
        if self._store.has_reading(task.revision):
            return
        if self._store.get_failure(task.revision):
            return run.defer(task, 0.0)  # _consider knows what is to become of it
        run.lost += 1
        log.warning("ended without reading or failure", extra={"job": run.job.id, "revision": task.revision[:16]})
        if run.lost <= LOST_TIMES:
            run.defer(task, LOST_WAIT)

    def _conclude(self, run: Run) -> None:
        counts = count(run.job, self._plan, self._store, self._attempts)
        missing = counts.total - counts.done
        if not missing:
            return self._end(run, "done", None)
        message = f"{missing} of {counts.total} readings could not be made; the list of failures says why."
        self._end(run, "done" if counts.done else "failed", message)

    def _end(self, run: Run, state: JobState, message: str | None) -> None:
        """Write how it ended, unless somebody has decided otherwise meanwhile."""
        del self._runs[run.job.id]

        def ended(job: Job | None) -> Job | None:
            if job is None or job.state != "running":
                return None
            return replace(job, state=state, ended=failing.utc(), message=message)

        self._store.update_job(run.job.id, ended)
        log.info("job ended", extra={"job": run.job.id, "state": state, "reason": message})


def _begun(job: Job | None) -> Job | None:
    """None if somebody has decided otherwise since the records were listed."""
    return replace(job, state="running", ended=None, message=None) if job and job.state in UNDER_WAY else None
