"""The job runner with workers that answer when the test says so; the store is the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from iiif_store.canvas import CanvasPicture
from iiif_store.errors import GlossatorError
from iiif_store.reading import Reading, Recipe
from iiif_store.stores import open_store
from iiif_store.stores.base import Job, Store
from server.engine import failing
from server.engine.jobs import Counts, JobRunner, count
from server.engine.types import ReadingTask
from tests.engines import until

WINDOW = 6
ATTEMPTS = 3


def task(name: str) -> ReadingTask:
    return ReadingTask(Recipe(name, 0, "probe", "1", "", {}), CanvasPicture(1, 1, ()), "source", name)


class Pages:
    """A plan: job `j` with source `n` has n readings, made once each."""

    def tasks(self, job: Job, *, fetch: bool) -> Iterator[ReadingTask]:
        for number in range(int(job.sources[0])):
            yield task(f"{job.id}-{number}")
        if len(job.sources) > 1:
            raise GlossatorError("the second source is gone")


class Workers:
    """Keep what was submitted until the test says how it comes out."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.under_way: list[tuple[ReadingTask, Callable[[], None]]] = []
        self.submitted: list[str] = []
        self.most = 0

    def submit(self, task: ReadingTask, ended: Callable[[], None]) -> None:
        self.under_way.append((task, ended))
        self.submitted.append(task.canvas)
        self.most = max(self.most, len(self.under_way))

    def read_one(self) -> None:
        found, ended = self.under_way.pop(0)
        self.store.put_reading(Reading(found.recipe, 1, 1, (), failing.utc(), failing.utc()))
        ended()

    def lose_one(self) -> None:
        self.under_way.pop(0)[1]()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"tinydb://{tmp_path}")


@pytest.fixture
def workers(store: Store) -> Workers:
    return Workers(store)


@pytest.fixture
def runner(store: Store, workers: Workers) -> Iterator[JobRunner]:
    runner = JobRunner(store, Pages(), workers.submit, lambda: WINDOW, ATTEMPTS)
    runner.start()
    yield runner
    runner.stop()


def ask(store: Store, runner: JobRunner, name: str, *sources: str) -> Job:
    job = Job(name, sources, ("probe",), "queued", f"2026-01-01T00:00:0{name[-1]}Z")
    store.put_job(job)
    runner.wake()
    return job


def state(store: Store, job: Job) -> str:
    found = store.get_job(job.id)
    assert found
    return found.state


def test_the_window_slides(store: Store, workers: Workers, runner: JobRunner) -> None:
    job = ask(store, runner, "j1", "40")
    for _ in range(40):
        until(lambda: workers.under_way)
        workers.read_one()
    until(lambda: state(store, job) == "done")
    assert workers.most == WINDOW
    assert workers.submitted == [f"j1-{number}" for number in range(40)]
    assert count(job, Pages(), store, ATTEMPTS) == Counts(40, 40, 0)
    until(lambda: not runner.active)


def test_two_jobs_share_the_window(store: Store, workers: Workers, runner: JobRunner) -> None:
    ask(store, runner, "j1", "1000")
    until(lambda: len(workers.under_way) == WINDOW)
    small = ask(store, runner, "j2", "3")
    until(lambda: sum(name.startswith("j2") for name in workers.submitted) == 3)
    while any(found.canvas.startswith("j2") for found, _ in workers.under_way):
        workers.read_one()
    until(lambda: state(store, small) == "done")
    assert len(workers.submitted) < 40


def test_what_is_there_is_not_asked_for_again(store: Store, workers: Workers, runner: JobRunner) -> None:
    """However much that is: a resumed job comes to what is missing without a wait for each step."""
    for number in range(1200):
        store.put_reading(Reading(task(f"j1-{number}").recipe, 1, 1, (), failing.utc(), failing.utc()))
    job = ask(store, runner, "j1", "1201")
    until(lambda: workers.under_way)
    assert workers.submitted == ["j1-1200"]
    workers.read_one()
    until(lambda: state(store, job) == "done")


def test_a_failure_is_tried_again_when_it_is_due(store: Store, workers: Workers, runner: JobRunner) -> None:
    job = ask(store, runner, "j1", "1")
    until(lambda: workers.under_way)
    store.put_failure(failing.row(task("j1-0"), "a pause", "backend", 1, 0.3))
    workers.lose_one()
    until(lambda: workers.under_way)
    assert workers.submitted == ["j1-0"] * 2
    workers.read_one()
    until(lambda: state(store, job) == "done")


def test_failures_that_wait_for_a_person_do_not_hold_up_a_job(
    store: Store, workers: Workers, runner: JobRunner
) -> None:
    store.put_failure(failing.killed(task("j1-0")))
    store.put_failure(failing.row(task("j1-1"), "down for long", "picture", ATTEMPTS, 3600.0))
    job = ask(store, runner, "j1", "3")
    until(lambda: workers.under_way)
    workers.read_one()
    until(lambda: state(store, job) == "done")
    assert workers.submitted == ["j1-2"]
    assert count(job, Pages(), store, ATTEMPTS) == Counts(3, 1, 2)
    message = getattr(store.get_job("j1"), "message", "")
    assert message.startswith("2 of 3 readings could not be made")


def test_a_job_without_a_single_reading_has_failed(store: Store, workers: Workers, runner: JobRunner) -> None:
    store.put_failure(failing.killed(task("j1-0")))
    job = ask(store, runner, "j1", "1")
    until(lambda: state(store, job) == "failed")
    assert workers.submitted == []


def test_a_plan_that_breaks_off_ends_the_job_with_its_reason(store: Store, workers: Workers, runner: JobRunner) -> None:
    job = ask(store, runner, "j1", "1", "gone")
    until(lambda: state(store, job) == "failed")
    assert getattr(store.get_job("j1"), "message", "") == "the second source is gone"


def test_what_is_lost_is_asked_for_again(
    store: Store, workers: Workers, runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.engine.jobs.LOST_WAIT", 0.01)
    job = ask(store, runner, "j1", "1")
    until(lambda: workers.under_way)
    workers.lose_one()
    until(lambda: workers.under_way)
    workers.read_one()
    until(lambda: state(store, job) == "done")


def test_what_is_lost_for_ever_does_not_hold_up_the_job(
    store: Store, workers: Workers, runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.engine.jobs.LOST_WAIT", 0.0)
    monkeypatch.setattr("server.engine.jobs.LOST_TIMES", 2)
    job = ask(store, runner, "j1", "2")
    until(lambda: len(workers.under_way) == 2)
    first, second = workers.under_way
    workers.under_way[:] = [second]
    workers.read_one()
    workers.under_way.append(first)
    for _ in range(3):
        until(lambda: workers.under_way)
        workers.lose_one()
    until(lambda: state(store, job) == "done")
    assert count(job, Pages(), store, ATTEMPTS) == Counts(2, 1, 0)


def test_a_decision_in_between_is_kept(store: Store, workers: Workers, runner: JobRunner) -> None:
    """The last reading comes in just when somebody cancels."""
    job = ask(store, runner, "j1", "1")
    until(lambda: workers.under_way)
    store.put_job(replace(job, state="cancelled"))
    workers.read_one()
    until(lambda: not runner.active)
    assert state(store, job) == "cancelled"


def test_a_job_that_is_cancelled_while_the_records_are_listed_is_not_begun(
    store: Store, workers: Workers, runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = store.jobs

    def then_cancel(limit: int = 100) -> list[Job]:
        found = listed(limit)
        for job in found:
            if job.id == "j1":
                store.put_job(replace(job, state="cancelled"))
        return found

    monkeypatch.setattr(store, "jobs", then_cancel)
    first, second = ask(store, runner, "j1", "1"), ask(store, runner, "j2", "1")
    until(lambda: workers.under_way)
    workers.read_one()
    until(lambda: state(store, second) == "done")
    assert (state(store, first), workers.submitted) == ("cancelled", ["j2-0"])


def test_stopping_leaves_the_record_for_the_next_engine(store: Store, workers: Workers) -> None:
    first = JobRunner(store, Pages(), workers.submit, lambda: WINDOW, ATTEMPTS)
    first.start()
    job = ask(store, first, "j1", "8")
    until(lambda: len(workers.under_way) == WINDOW)
    workers.read_one()
    first.stop()
    assert state(store, job) == "running"
    workers.under_way.clear()
    workers.submitted.clear()
    second = JobRunner(store, Pages(), workers.submit, lambda: WINDOW, ATTEMPTS)
    second.start()
    until(lambda: workers.submitted)
    assert workers.submitted[0] == "j1-1"
    second.stop()
