"""The named functions that clients send: what a worker runs, and what a scheduler is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard, cast

from server.engine.configuration import release
from server.engine.types import LoadedBackend, ReadingTask, Urgency

if TYPE_CHECKING:
    from distributed import Scheduler
    from distributed.scheduler import TaskState

PLUGIN = "glossator"
"""Our worker plugin, our scheduler extension and our heartbeat metric go by this name."""


class Reads(Protocol):
    """What our plugin on a worker is asked for."""

    def read(self, task: ReadingTask) -> None: ...


@dataclass(frozen=True, slots=True)
class Report:
    """The state of an engine, cheap enough to be asked for every second."""

    release: str
    workers: int
    threads: int
    waiting: Mapping[Urgency, int]
    computing: tuple[ReadingTask, ...]
    backends: tuple[LoadedBackend, ...]


def key_of(task: ReadingTask, urgency: Urgency) -> tuple[str, str, Urgency]:
    """A tuple, since the scheduler keeps every distinct string prefix for ever. The urgency is part of it: a fresh
    key overtakes, a second request for a queued key does not."""
    return task.recipe.backend, task.revision, urgency


def read(task: ReadingTask) -> str:
    """Runs on a worker; the reading or its failure is in the store afterwards. Never raises: the scheduler would
    keep an erred key from being asked for again."""
    from distributed import get_worker

    room = cast(Reads, get_worker().plugins[PLUGIN])
    room.read(task)
    return task.revision


def report(dask_scheduler: Scheduler) -> Report:
    """Runs on the scheduler."""
    workers = list(dask_scheduler.workers.values())
    executing = [state for worker in workers for state in worker.executing]
    keys = {state.key for state in executing}
    waiting: Counter[Any] = Counter(key[2] for key in dask_scheduler.tasks if key not in keys and is_ours(key))
    backends = tuple(LoadedBackend(*told) for worker in workers for told in worker.metrics.get(PLUGIN, ()))
    threads = sum(worker.nthreads for worker in workers)
    computing = tuple(task for state in executing if (task := _task_of(state)))
    return Report(release(), len(workers), threads, dict(waiting), computing, backends)


def release_of(dask_scheduler: Scheduler) -> str:
    """Runs on the scheduler: the release it was started from."""
    return release()


def wake_jobs(dask_scheduler: Scheduler) -> None:
    """Runs on the scheduler: a job was added or changed."""
    dask_scheduler.extensions[PLUGIN].wake()


def retire(reason: str, dask_scheduler: Scheduler) -> None:
    """Runs on the scheduler: finish what is in flight and exit, so that another engine can take over."""
    dask_scheduler.extensions[PLUGIN].retire(reason)


def is_ours(key: object) -> TypeGuard[tuple[str, str, Urgency]]:
    """Whether it was made by `key_of`."""
    return isinstance(key, tuple) and len(key) == 3


def _task_of(state: TaskState) -> ReadingTask | None:
    spec: Any = state.run_spec
    found = [getattr(part, "value", part) for part in getattr(spec, "args", ())]
    return next((part for part in found if isinstance(part, ReadingTask)), None)
