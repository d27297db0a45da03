"""Jobs on a real engine: worked off, counted, paused, cancelled, and taken up again by the next engine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from iiif_store.source import source_id
from iiif_store.stores.base import Job, JobState
from server.engine.jobs import Counts, count
from server.services import build
from tests.engines import HARMLESS, EngineRoom, engine_room, until
from tests.probe.glossator_probe import RED

PAGES = 24


@pytest.fixture(scope="module")
def shared_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineRoom]:
    with engine_room(tmp_path_factory.mktemp("engine"), attempts=1) as room:
        yield room


@pytest.fixture
def room(shared_room: EngineRoom) -> Iterator[EngineRoom]:
    with shared_room.publish(HARMLESS[:PAGES]) as room:
        yield room


class Desk:
    """What the web side does with jobs."""

    def __init__(self, room: EngineRoom) -> None:
        self.room, self.store, self.client = room, room.store, room.client()
        self.services = build(room.settings)
        self.plan = self.services.plan
        self.source, _ = self.services.sources.register(room.publisher.manifest(), backends=("probe",))

    def ask(self, *sources: str) -> Job:
        job = Job(
            secrets.token_hex(8), sources or (self.source.id,), ("probe",), "queued", "2026-01-01T00:00:00Z", "a test"
        )
        self.store.put_job(job)
        self.client.start(job)
        return job

    def decide(self, job: Job, state: JobState) -> None:
        self.store.put_job(replace(self.now(job), state=state))

    def now(self, job: Job) -> Job:
        found = self.store.get_job(job.id)
        assert found
        return found

    def counts(self, job: Job) -> Counts:
        return count(job, self.plan, self.store, self.room.settings.attempts)

    def ended(self, job: Job) -> Job:
        until(lambda: self.now(job).ended, "the job never ended")
        return self.now(job)


def test_a_job_reads_every_canvas_once(room: EngineRoom) -> None:
    desk = Desk(room)
    job = desk.ask()
    done = desk.ended(job)
    assert (done.state, done.message) == ("done", None)
    assert desk.counts(job) == Counts(PAGES, PAGES, 0)
    assert sorted(room.calls()) == sorted(HARMLESS[:PAGES])


def test_on_demand_comes_before_a_job(room: EngineRoom) -> None:
    desk = Desk(room)
    room.hold()
    job = desk.ask()
    until(lambda: room.publisher.count("/image/") == 4)
    last = next(task for task in reversed(list(desk.plan.tasks(job, fetch=False))))
    asker = room.process([last])
    until(lambda: room.fetches(last) == 1)
    room.go_on()
    assert asker.communicate()[0].split() == ["stored"]
    desk.ended(job)
    assert room.calls().index(HARMLESS[PAGES - 1]) <= 4
    assert len(room.calls()) == PAGES


def test_a_paused_job_goes_on_where_it_stopped(room: EngineRoom) -> None:
    desk = Desk(room)
    room.hold()
    job = desk.ask()
    until(lambda: desk.now(job).state == "running" and room.calls())
    desk.decide(job, "paused")
    until(lambda: f'"job":"{job.id}","state":"paused"' in room.places.log.read_text())
    room.go_on()
    until(lambda: desk.client.status().queued == 0 and not desk.client.status().computing)
    before = desk.counts(job)
    assert 0 < before.done < PAGES
    assert desk.now(job).state == "paused"
    desk.decide(job, "queued")
    desk.client.start(job)
    assert desk.ended(job).state == "done"
    assert len(room.calls()) == PAGES


def test_a_cancelled_job_stays_cancelled(room: EngineRoom) -> None:
    desk = Desk(room)
    room.hold()
    job = desk.ask()
    until(room.calls)
    desk.decide(job, "cancelled")
    until(lambda: f'"job":"{job.id}","state":"cancelled"' in room.places.log.read_text())
    room.go_on()
    until(lambda: desk.client.status().queued == 0 and not desk.client.status().computing)
    assert desk.now(job).state == "cancelled"
    assert desk.counts(job).done < PAGES


def test_the_next_engine_takes_up_a_job(room: EngineRoom) -> None:
    """Also when somebody only wants a page, and knows nothing of the job."""
    desk = Desk(room)
    room.hold()
    job = desk.ask()
    until(room.calls)
    engine = room.engine()
    for process in (engine, *engine.children(recursive=True)):
        process.kill()
    psutil.wait_procs([engine])
    room.go_on()
    assert room.process(room.tasks[:1]).communicate()[0].split() == ["stored"]
    assert desk.ended(job).state == "done"
    assert desk.counts(job) == Counts(PAGES, PAGES, 0)


def test_failures_are_counted_and_told(shared_room: EngineRoom) -> None:
    with shared_room.publish((HARMLESS[0], RED, HARMLESS[1])) as room:
        desk = Desk(room)
        job = desk.ask()
        done = desk.ended(job)
        assert done.state == "done"
        assert done.message
        assert done.message.startswith("1 of 3 readings")
        assert desk.counts(job) == Counts(3, 2, 1)


def test_a_job_that_cannot_be_carried_out_says_why(room: EngineRoom) -> None:
    desk = Desk(room)
    failed = desk.ended(desk.ask(source_id("https://nowhere.example/manifest")))
    assert failed.state == "failed"
    assert failed.message
    assert "There is no source" in failed.message


def test_a_collection_is_worked_off_through_its_members(room: EngineRoom) -> None:
    desk = Desk(room)
    collection, _ = desk.services.sources.register(
        room.publisher.url("/iiif/3/collection?books=book-2,book-3"), backends=("probe",)
    )
    assert collection.kind == "collection"
    job = desk.ask(collection.id)
    assert desk.ended(job).state == "done"
    assert desk.counts(job).done == 5
    assert desk.counts(job).total == 5
