"""One reading for many askers, and what comes first: real processes, a real store, a real publisher."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import pytest

from server.engine.link import Link
from server.engine.tls import security
from server.engine.types import EngineBusy, ReadingFailed, StillComputing
from tests.engines import HARMLESS, PATIENCE, EngineRoom, engine_room, until
from tests.probe.glossator_probe import RED


@pytest.fixture(scope="module")
def shared_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineRoom]:
    colours = (RED, *HARMLESS)
    with engine_room(tmp_path_factory.mktemp("engine")) as room, room.publish(colours):
        yield room


@pytest.fixture
def room(shared_room: EngineRoom) -> Iterator[EngineRoom]:
    yield shared_room
    shared_room.go_on()
    shared_room.publisher.answer_instead = None
    shared_room.disconnect()


def test_a_model_that_fails_is_told_with_its_reason(room: EngineRoom) -> None:
    (task,) = room.fresh(1)
    with pytest.raises(ReadingFailed, match="cannot bear red") as told:
        room.client().ensure(task, wait=PATIENCE)
    failure = told.value.failure
    assert (failure.kind, failure.count, failure.backend, failure.canvas) == ("backend", 1, "probe", task.canvas)
    assert failure.next_try
    assert failure.next_try > failure.last


def test_sixteen_askers_in_four_processes_run_the_model_once(room: EngineRoom) -> None:
    (task,) = room.fresh(1)
    room.hold()
    askers = [room.process([task], times=4) for _ in range(4)]
    until(lambda: room.colour(task) in room.calls())
    room.go_on()
    told = [answer for asker in askers for answer in asker.communicate()[0].split()]
    assert told == ["stored"] * 16
    assert room.calls().count(room.colour(task)) == 1
    assert room.fetches(task) == 1


def test_the_reading_says_what_was_done(room: EngineRoom) -> None:
    (task,) = room.fresh(1)
    room.client().ensure(task, wait=PATIENCE)
    reading = room.store.get_reading(task.revision)
    assert reading
    assert reading.recipe == task.recipe
    assert (reading.width, reading.height) == (48, 64)
    assert [finding.label for finding in reading.findings] == ["page"]
    assert [url.rpartition("/full/")[0] for url in reading.inputs] == [task.view.images[0].service.id]
    assert len(reading.digest) == 64
    assert reading.started <= reading.ended
    assert reading.device == "cpu"
    assert reading.software.startswith("glossator ")


def test_giving_up_leaves_the_work_going_on(room: EngineRoom) -> None:
    client, tasks = room.client(), room.fresh(8)
    room.hold()
    for task in tasks:
        with pytest.raises(StillComputing):
            client.ensure(task, wait=0)
    client.close()
    room.go_on()
    until(lambda: all(room.store.has_reading(task.revision) for task in tasks))


def test_urgent_overtakes_what_waits_in_a_batch(room: EngineRoom) -> None:
    """Four pictures of the batch hold all background places; the last one of it is asked for now, and read next."""
    client, tasks = room.client(), room.fresh(12)
    client.status()
    room.hold()
    client.prefetch(tasks)
    until(lambda: client.status().waiting.get("soon") == 8)
    with pytest.raises(StillComputing):
        client.ensure(tasks[-1], wait=0)
    until(lambda: room.fetches(tasks[-1]) == 1)
    room.go_on()
    until(lambda: all(room.store.has_reading(task.revision) for task in tasks))
    called = [room.calls().index(room.colour(task)) for task in tasks]
    assert sorted(called).index(called[-1]) <= 4
    assert [room.fetches(task) for task in tasks] == [1] * 12
    assert len(called) == len(set(called))


def test_reading_ahead_comes_before_a_batch(room: EngineRoom) -> None:
    """Four threads read, so that the order is not exact; but 16 pages of the batch were asked for before."""
    client, batch, ahead = room.client(), room.fresh(20), room.fresh(3)
    client.status()
    room.hold()
    link = Link(room.address().url, security(room.settings.data))
    for task in batch:
        link.submit(task, "later", lambda: None)
    until(lambda: sum(map(room.fetches, batch)) == 4)
    client.prefetch(ahead)
    until(lambda: client.status().waiting.get("soon") == 3)
    room.go_on()
    until(lambda: all(room.store.has_reading(task.revision) for task in (*batch, *ahead)))
    called = sorted((*batch, *ahead), key=lambda task: room.calls().index(room.colour(task)))
    assert all(called.index(task) < 4 + 3 + 3 for task in ahead)
    link.close()


def test_who_asks_for_what_is_being_read_waits_for_that(room: EngineRoom) -> None:
    client, (task,) = room.client(), room.fresh(1)
    client.status()
    room.hold()
    client.prefetch([task])
    until(lambda: room.colour(task) in room.calls())
    with ThreadPoolExecutor(1) as waiting:
        answer = waiting.submit(client.ensure, task, wait=PATIENCE)
        until(lambda: len(client.status().computing) == 2)
        room.go_on()
        answer.result()
    assert (room.fetches(task), room.calls().count(room.colour(task))) == (1, 1)


def test_half_of_the_threads_may_wait(room: EngineRoom) -> None:
    client, tasks = room.client(threads=4), room.fresh(4)
    client.ensure(tasks[0], wait=PATIENCE)
    room.hold()
    with ThreadPoolExecutor(2) as waiting:
        answers = [waiting.submit(client.ensure, task, wait=PATIENCE) for task in tasks[1:3]]
        until(lambda: all(room.fetches(task) for task in tasks[1:3]))
        with pytest.raises(EngineBusy):
            client.ensure(tasks[3], wait=PATIENCE)
        client.ensure(tasks[0], wait=0)
        room.go_on()
        for answer in answers:
            answer.result()
    assert not room.fetches(tasks[3])


def test_a_full_queue_is_told_at_once_and_nothing_is_queued(room: EngineRoom) -> None:
    client, tasks = room.client(queue_limit=3), room.fresh(12)
    until(lambda: client.status().running and client.status().queued == 0)
    room.hold()
    answers = [_answer_of(room, task, client) for task in tasks]
    assert answers[:3] == [StillComputing] * 3
    assert answers[-1] is EngineBusy
    room.go_on()
    until(lambda: client.status().queued == 0)
    until(lambda: not client.status().computing)
    stored = [room.store.has_reading(task.revision) for task in tasks]
    assert stored == [answer is StillComputing for answer in answers]


def _answer_of(room: EngineRoom, task: object, client: object) -> type[Exception]:
    with pytest.raises(StillComputing) as told:
        client.ensure(task, wait=0)  # type: ignore[attr-defined]
    return type(told.value)


def test_status_tells_what_is_computed_and_loaded(room: EngineRoom) -> None:
    client, tasks = room.client(), room.fresh(2)
    client.ensure(tasks[0], wait=PATIENCE)
    until(lambda: client.status().backends)
    (loaded,) = client.status().backends
    assert (loaded.name, loaded.version, loaded.device) == ("probe", "1.0", "cpu")
    until(lambda: sum(b.predicted + b.failed for b in client.status().backends) == len(room.calls()))
    room.hold()
    with pytest.raises(StillComputing):
        client.ensure(tasks[1], wait=0)
    until(lambda: list(client.status().computing) == [tasks[1]])
    status = client.status()
    assert (status.running, status.workers, status.address) == (True, 1, room.address().url)


def test_a_web_process_imports_no_torch(room: EngineRoom) -> None:
    script = "import sys, tests.asker as asker; asker.main(); print('torch' in sys.modules)"
    asker = room.process(room.fresh(1), program=["-c", script])
    assert asker.communicate()[0].split() == ["stored", "False"]


def test_the_scheduler_forgets_what_has_ended(room: EngineRoom) -> None:
    """However quick a task is: kept results would be given to those who ask for another try."""
    client, tasks = room.client(), room.fresh(2)
    client.ensure(tasks[0], wait=PATIENCE)
    link = Link(room.address().url, security(room.settings.data))
    ended: SimpleQueue[None] = SimpleQueue()
    for _ in range(100):
        link.submit(tasks[0], "soon", lambda: ended.put(None))
        ended.get(timeout=PATIENCE)
    until(lambda: client.status().queued == 0)
    link.close()


def test_a_failing_publisher_is_told_and_tried_again_later(room: EngineRoom) -> None:
    (task,) = room.fresh(1)
    room.publisher.answer_instead = 404
    with pytest.raises(ReadingFailed) as told:
        room.client().ensure(task, wait=PATIENCE)
    failure = told.value.failure
    assert (failure.kind, failure.count) == ("picture", 1)
    assert failure.next_try
    room.publisher.answer_instead = None
    asked = room.fetches(task)
    with pytest.raises(ReadingFailed):
        room.client().ensure(task, wait=PATIENCE)
    assert room.fetches(task) == asked, "it is not yet time for another try"
    room.store.clear_failure(task.revision)
    room.client().ensure(task, wait=PATIENCE)
    assert room.store.get_failure(task.revision) is None


def test_a_publisher_that_asks_for_a_login_is_not_asked_again(room: EngineRoom) -> None:
    (task,) = room.fresh(1)
    room.publisher.answer_instead = 401
    with pytest.raises(ReadingFailed) as told:
        room.client().ensure(task, wait=PATIENCE)
    assert (told.value.failure.kind, told.value.failure.next_try) == ("refused", None)
