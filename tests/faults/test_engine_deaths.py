"""Whatever dies: askers, the worker, the whole engine, or the worker again and again because of one picture."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from server.engine.types import ReadingFailed, StillComputing
from tests.engines import HARMLESS, PATIENCE, EngineRoom, engine_room, until
from tests.probe.glossator_probe import BLACK

POISON = 2
"""Position of the black picture."""


@pytest.fixture(scope="module")
def shared_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineRoom]:
    with engine_room(tmp_path_factory.mktemp("engine")) as room:
        yield room


@pytest.fixture
def room(shared_room: EngineRoom) -> Iterator[EngineRoom]:
    with shared_room.publish((*HARMLESS[:POISON], BLACK, *HARMLESS[POISON:9])) as room:
        yield room


def test_an_asker_that_is_killed_leaves_the_work_going_on(room: EngineRoom) -> None:
    tasks = [task for task in room.tasks if room.colour(task) != BLACK]
    room.hold()
    asker = room.process(tasks)
    until(lambda: sum(room.fetches(task) for task in tasks) >= 4)
    asker.kill()
    asker.communicate()
    room.go_on()
    until(lambda: all(room.store.has_reading(task.revision) for task in tasks))
    assert sorted(room.calls()) == sorted(map(room.colour, tasks))


def test_a_worker_killed_in_the_middle_of_a_page_is_not_noticed(room: EngineRoom) -> None:
    """Its neighbours in flight are read as well, and nothing is marked as failed."""
    tasks = [task for task in room.tasks if room.colour(task) != BLACK][:4]
    room.hold()
    with ThreadPoolExecutor(4) as askers:
        client = room.client()
        answers = [askers.submit(client.ensure, task, wait=PATIENCE) for task in tasks]
        until(lambda: room.calls() and all(room.fetches(task) for task in tasks))
        first, engine = room.worker(), room.engine()
        first.send_signal(signal.SIGKILL)
        room.go_on()
        for answer in answers:
            answer.result()
    assert room.worker().pid != first.pid
    assert room.engine() == engine, "the engine itself went on"
    assert room.store.failures() == []


def test_only_the_picture_that_kills_alone_is_marked(room: EngineRoom) -> None:
    with ThreadPoolExecutor(len(room.tasks)) as askers:
        client = room.client()
        answers = [askers.submit(client.ensure, task, wait=PATIENCE) for task in room.tasks]
        for number, answer in enumerate(answers):
            if number == POISON:
                with pytest.raises(ReadingFailed, match="no other picture beside it"):
                    answer.result()
            else:
                answer.result()
    (failure,) = room.store.failures()
    assert (failure.revision, failure.kind) == (room.tasks[POISON].revision, "killed")
    assert (failure.count, failure.next_try) == (2, None)
    assert room.calls().count(BLACK) == 2
    with pytest.raises(ReadingFailed):
        client.ensure(room.tasks[POISON], wait=PATIENCE)
    assert room.calls().count(BLACK) == 2, "it is not tried again until a person asks for it"


def test_a_killed_engine_is_replaced_while_somebody_waits(room: EngineRoom) -> None:
    """Its whole process group, so that nobody is left to put anything in order."""
    task = room.tasks[0]
    room.hold()
    with ThreadPoolExecutor(1) as askers:
        answer = askers.submit(room.client().ensure, task, wait=PATIENCE)
        until(room.calls)
        first, worker = room.engine(), room.worker()
        for process in (worker, *first.children(recursive=True), first):
            if process.is_running():
                process.kill()
        psutil.wait_procs([first])
        room.go_on()
        answer.result()
    assert room.address().pid != first.pid
    assert room.store.get_failure(task.revision) is None


def test_a_killed_engine_takes_its_worker_along(room: EngineRoom) -> None:
    """Two engines must never compute side by side."""
    room.client().ensure(room.tasks[0], wait=PATIENCE)
    worker = room.worker()
    room.engine().kill()
    until(lambda: not worker.is_running())
    room.client().ensure(room.tasks[1], wait=PATIENCE)
    assert room.worker().pid != worker.pid


def test_an_engine_that_is_told_to_stop_finishes_what_is_in_flight(room: EngineRoom) -> None:
    task = room.tasks[0]
    client = room.client()
    client.ensure(room.tasks[1], wait=PATIENCE)
    room.hold()
    with pytest.raises(StillComputing):
        client.ensure(task, wait=0)
    until(lambda: len(room.calls()) == 2)
    engine, worker = room.engine(), room.worker()
    engine.terminate()
    worker.terminate()  # as an init system does that stops a whole group
    until(lambda: room.places.read() is None)
    room.go_on()
    until(lambda: not engine.is_running())
    assert room.store.has_reading(task.revision)
    assert room.store.get_failure(task.revision) is None
