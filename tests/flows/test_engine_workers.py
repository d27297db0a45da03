"""More than one machine: an engine that runs on its own, workers that come and go, and releases that must agree."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from server.engine.types import EngineUnavailable
from tests.engines import HARMLESS, PATIENCE, EngineRoom, engine_room, until

ENGINE = "run_engine(settings)"
WORKER = "run_worker(settings, sys.argv[1])"
UNCHECKED = """
async def go():
    configure_dask()
    await nanny(settings, sys.argv[1], security(settings.data), None)
asyncio.run(go())
"""
"""A worker that does not look first whether it will be let in."""

PROGRAM = """
import asyncio, sys
from server.engine.configuration import configure_dask
from server.engine.process import run_engine
from server.engine.tls import security
from server.engine.worker import nanny, run_worker
from server.settings import Settings

if __name__ == "__main__":
    settings = Settings.model_validate_json(sys.stdin.read())
"""


@contextmanager
def program(room: EngineRoom, line: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """What a command of ours runs, in a process of its own that is told to stop at the end."""
    body = "".join(f"    {part}\n" for part in line.strip().splitlines())
    file = Path(tempfile.mkdtemp(dir=room.folder)) / "program.py"
    file.write_text(PROGRAM + body)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ["PYTHONPATH"]])
    process = subprocess.Popen(
        [sys.executable, str(file), *arguments], text=True, env={**os.environ, "PYTHONPATH": path}, **pipes
    )
    assert process.stdin
    process.stdin.write(room.settings.model_dump_json())
    process.stdin.close()
    process.stdin = None
    with process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def another_release(folder: Path) -> Iterator[None]:
    """What is started inside the block is of release 9.9."""
    told = folder / "other" / "glossator-9.9.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.4\nName: glossator\nVersion: 9.9\n")
    path = os.pathsep.join([str(told.parent), os.environ["PYTHONPATH"]])
    with patch.dict(os.environ, {"PYTHONPATH": path}):
        yield


@pytest.fixture
def room(tmp_path: Path) -> Iterator[EngineRoom]:
    with engine_room(tmp_path) as room, room.publish(HARMLESS[:16]):
        yield room


def test_an_engine_of_its_own_and_a_second_worker(room: EngineRoom) -> None:
    with program(room, ENGINE) as engine:
        until(room.places.read)
        url = room.address().url
        client = room.client(scheduler=url)
        client.ensure(room.tasks[0], wait=PATIENCE)
        with program(room, WORKER, url) as worker:
            until(lambda: client.status().workers == 2)
            room.hold()
            client.prefetch(room.tasks[1:])
            until(lambda: len(set(room.callers()[1:])) == 2, "both workers compute")
            worker.terminate()
            room.go_on()
            assert worker.wait() == 0
        until(lambda: client.status().workers == 1)
        until(lambda: all(room.store.has_reading(task.revision) for task in room.tasks))
        assert sorted(room.calls()) == sorted(HARMLESS[:16])
        assert room.store.failures() == []
        engine.terminate()
        assert engine.wait() == 0
        assert room.places.read() is None


def test_a_worker_comes_back_to_an_engine_that_comes_back(room: EngineRoom) -> None:
    with program(room, ENGINE):
        until(room.places.read)
        url = room.address().url
    client = room.client()
    with program(room, WORKER, url), program(room, f"run_engine(settings, listen='{url}')"):
        until(lambda: client.status().workers == 2)


def test_a_worker_of_another_release_is_refused_by_name(room: EngineRoom) -> None:
    client = room.client()
    client.ensure(room.tasks[0], wait=PATIENCE)
    url = room.address().url
    with another_release(room.folder):
        with program(room, WORKER, url) as worker:
            told, _ = worker.communicate()
            assert worker.returncode == 1
            assert "this worker of 9.9. Install the same release." in told
        with program(room, UNCHECKED, url) as worker:
            told, _ = worker.communicate()
            assert "is of release 9.9, this engine of" in told
    assert "is of release 9.9, this engine of" in room.places.log.read_text()
    assert client.status().workers == 1


def test_a_server_of_another_release_names_both(room: EngineRoom) -> None:
    with another_release(room.folder), program(room, ENGINE):
        until(room.places.read)
        for client in (room.client(), room.client(scheduler=room.address().url)):
            with pytest.raises(EngineUnavailable, match=r"is of release 9\.9, this server of"):
                client.ensure(room.tasks[0], wait=PATIENCE)


def test_an_engine_that_is_not_there_is_named(room: EngineRoom) -> None:
    client = room.client(scheduler="tls://127.0.0.1:9")
    with pytest.raises(EngineUnavailable, match="No engine answers at tls:"):
        client.ensure(room.tasks[0], wait=1)
    assert not client.status().running
