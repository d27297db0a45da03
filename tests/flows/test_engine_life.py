"""How an engine comes up, is shared, replaced, and goes: started by whoever finds none."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from distributed import Client

from server.engine.link import Link
from server.engine.tasks import release_of
from server.engine.tls import security
from server.engine.types import EngineLost, EngineUnavailable
from tests.engines import HARMLESS, PATIENCE, EngineRoom, engine_room, engine_with, until


@pytest.fixture(scope="module")
def shared_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineRoom]:
    with engine_room(tmp_path_factory.mktemp("engine")) as room:
        yield room


@pytest.fixture
def room(shared_room: EngineRoom) -> Iterator[EngineRoom]:
    with shared_room.publish(HARMLESS[:6]) as room:
        yield room


def started(room: EngineRoom) -> int:
    return room.places.log.read_text().count("engine ready")


def test_two_processes_that_start_at_once_start_one_engine(room: EngineRoom) -> None:
    askers = [room.process(room.tasks[:2]), room.process(room.tasks[2:4])]
    assert [asker.communicate()[0].split() for asker in askers] == [["stored"] * 2] * 2
    assert started(room) == 1
    assert len(set(room.callers())) == 1


def test_what_is_stored_needs_no_engine(room: EngineRoom) -> None:
    room.client().ensure(room.tasks[0], wait=PATIENCE)
    room.stop()
    room.client().ensure(room.tasks[0], wait=0)
    assert not room.client().status().running
    assert room.places.read() is None


def test_an_idle_engine_leaves_and_another_comes(tmp_path: Path) -> None:
    with engine_with(tmp_path, engine_idle=0.5) as room:
        client = room.client()
        client.ensure(room.tasks[0], wait=PATIENCE)
        first = room.engine()
        until(lambda: not first.is_running())
        assert room.places.read() is None
        client.ensure(room.tasks[1], wait=PATIENCE)
        assert '"reason":"idle"' in room.places.log.read_text()


def test_an_engine_with_work_does_not_leave(tmp_path: Path) -> None:
    with engine_with(tmp_path, engine_idle=0.5) as room:
        room.hold()
        asker = room.process(room.tasks[:1])
        until(room.calls)
        engine = room.engine()
        with pytest.raises(psutil.TimeoutExpired):
            engine.wait(2)
        room.go_on()
        assert asker.communicate()[0].split() == ["stored"]


def test_everything_listens_on_loopback_with_keys_of_the_owner(room: EngineRoom) -> None:
    room.client().ensure(room.tasks[0], wait=PATIENCE)
    processes = [room.engine(), *room.engine().children(recursive=True)]
    listening = [c for p in processes for c in p.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}
    assert len(listening) == 3, "scheduler, nanny and worker; no page to look at"
    keys = room.settings.data / "tls"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert {stat.S_IMODE((keys / name).stat().st_mode) for name in ("key.pem", "certificate.pem")} == {0o600}


def test_a_stranger_with_other_keys_is_not_let_in(room: EngineRoom, tmp_path: Path) -> None:
    room.client().ensure(room.tasks[0], wait=PATIENCE)
    url, ours, others = room.address().url, security(room.settings.data), security(tmp_path / "elsewhere")
    believing = security(tmp_path / "elsewhere")
    believing.tls_ca_file = ours.tls_ca_file
    for keys in (others, believing):
        with pytest.raises(EngineLost):
            Link(url, keys, timeout=2)
    with pytest.raises(OSError):
        Client(url.replace("tls:", "tcp:"), timeout=1)
    link = Link(url, ours)
    link.ask(release_of)
    link.close()


def test_other_settings_replace_an_engine_that_was_started_before(room: EngineRoom) -> None:
    """Somebody restarts the server with another setting: the old engine must not go on without it."""
    old = room.client()
    old.ensure(room.tasks[0], wait=PATIENCE)
    first = room.address()
    new = room.client(attempts=5)
    new.ensure(room.tasks[1], wait=PATIENCE)
    second = room.address()
    assert (first.id != second.id, first.fingerprint != second.fingerprint) == (True, True)
    until(lambda: not psutil.pid_exists(first.pid))
    old.ensure(room.tasks[2], wait=PATIENCE)
    assert room.address() == second, "the newer one is taken as it is: two servers do not replace each other's for ever"


def test_run_may_be_deleted_at_any_time(room: EngineRoom) -> None:
    """A second engine comes up beside the first, which then leaves."""
    room.client().ensure(room.tasks[0], wait=PATIENCE)
    first = room.engine()
    shutil.rmtree(room.settings.data / "run")
    room.client().ensure(room.tasks[1], wait=PATIENCE)
    if room.address().pid != first.pid:
        until(lambda: not first.is_running())
    room.client().ensure(room.tasks[2], wait=PATIENCE)


def test_a_second_engine_in_one_data_directory_is_refused(room: EngineRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.engine import process

    room.client().ensure(room.tasks[0], wait=PATIENCE)
    monkeypatch.setattr(process, "LOCK_TIMEOUT", 0.1)
    with pytest.raises(EngineUnavailable, match="has an engine already"):
        process.run_engine(room.settings)


def test_an_engine_that_cannot_start_says_where_to_look(tmp_path: Path) -> None:
    with engine_with(tmp_path) as room:
        broken = room.settings.data / "VERSION"
        broken.write_text("999\n")
        with pytest.raises(EngineUnavailable, match=r"engine\.log says why"):
            room.client().ensure(room.tasks[0], wait=PATIENCE)
        assert "999" in room.places.log.read_text()
        broken.unlink()
