"""A real engine for tests: its own data directory, a publisher of coloured pictures, and the probe backend."""

from __future__ import annotations

import itertools
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import psutil
from PIL import Image

from iiif_store.fetch.remote import Remote
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.reading import Recipe
from iiif_store.stores import open_store
from server.engine.address import Address, Places
from server.engine.client import DaskEngine
from server.engine.link import GOODBYE
from server.engine.types import ReadingTask
from server.settings import Settings
from tests.publisher import Publisher

PROBE = Path(__file__).with_name("probe")

HARMLESS = tuple(f"#{green * 2}{blue * 2}77" for green in "123456789abcdef" for blue in "13579bdf")
"""Colours of pictures that do no harm; see tests/probe for the others."""

PATIENCE = 180.0
"""Seconds until something that must happen is taken for something that never will; the machine may be busy."""


class EngineRoom:
    """What a test sees of an engine: the store, the address file, processes, calls of the model."""

    publisher: Publisher
    tasks: list[ReadingTask]
    """One for each picture that is published, in order."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder, self.settings = folder, settings
        self.store = open_store(settings.store_url)
        self.places = Places(settings.data)
        self._clients: list[DaskEngine] = []

    @contextmanager
    def publish(self, colours: Sequence[str]) -> Iterator[Self]:
        """Pictures of these colours that nobody has read before, and no calls of the model yet."""
        self._colours = colours
        pages = Path(tempfile.mkdtemp(dir=self.folder))
        for number, colour in enumerate(colours):
            Image.new("RGB", (48, 64), colour).save(pages / f"page{number:03}.png")
        (self.folder / "calls").unlink(missing_ok=True)
        with Publisher(pages) as self.publisher:
            self.tasks = self._tasks()
            self._unused = iter(self.tasks)
            try:
                yield self
            finally:
                self.go_on()
                self.disconnect()

    def client(self, *, threads: int = 64, **changes: Any) -> DaskEngine:
        """What a web process has; `changes` are settings of this one only."""
        settings = self.settings.model_copy(update=changes)
        self._clients.append(DaskEngine(settings, self.store, threads=threads))
        return self._clients[-1]

    def fresh(self, count: int) -> list[ReadingTask]:
        """Tasks that no test was given before."""
        return list(itertools.islice(self._unused, count))

    def process(
        self,
        tasks: Sequence[ReadingTask],
        *,
        times: int = 1,
        wait: float = PATIENCE,
        program: Sequence[str] = ("-m", "tests.asker"),
    ) -> subprocess.Popen[str]:
        """Another web process: it asks for all of `tasks`, each `times` times, at once; see tests/asker.py."""
        asker = subprocess.Popen([sys.executable, *program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert asker.stdin
        plan = (self.settings.model_dump(), list(tasks), times, wait)
        asker.stdin.write(pickle.dumps(plan).hex())
        asker.stdin.close()
        asker.stdin = None
        return asker

    def disconnect(self) -> None:
        """Let go of the engine, and wait until that is done."""
        while self._clients:
            self._clients.pop().close()
        for thread in threading.enumerate():
            if thread.name == GOODBYE:
                thread.join(PATIENCE)

    def fetches(self, task: ReadingTask) -> int:
        """How often the publisher was asked for this picture."""
        return self.publisher.count(task.view.images[0].url.split("/")[5] + "/")

    def colour(self, task: ReadingTask) -> str:
        return self._colours[self.tasks.index(task)]

    def hold(self) -> None:
        """Predictions wait from now on."""
        (self.folder / "hold").touch()

    def go_on(self) -> None:
        (self.folder / "hold").unlink(missing_ok=True)

    def calls(self) -> list[str]:
        """The colours that the model was shown, in order."""
        return [line.split()[1] for line in self._call_lines()]

    def callers(self) -> list[int]:
        """The processes in which the model was shown them."""
        return [int(line.split()[0]) for line in self._call_lines()]

    def address(self) -> Address:
        address = self.places.read()
        assert address, "no engine has written its address"
        return address

    def engine(self) -> psutil.Process:
        return psutil.Process(self.address().pid)

    def worker(self) -> psutil.Process:
        """The process that computes, once the model was called in it."""
        return psutil.Process(self.callers()[-1])

    def stop(self) -> None:
        """End every engine of this data directory in good order."""
        self.go_on()
        self.disconnect()
        until(lambda: not self._stop_one())

    def _stop_one(self) -> bool:
        address = self.places.read()
        if address is None:
            return False
        with suppress(psutil.NoSuchProcess):
            engine = psutil.Process(address.pid)
            engine.terminate()
            with suppress(psutil.TimeoutExpired):
                engine.wait(60)
            return True
        self.places.withdraw(address)
        return True

    def _call_lines(self) -> list[str]:
        calls = self.folder / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def _tasks(self) -> list[ReadingTask]:
        remote = Remote(allow_hosts=frozenset(self.settings.allow_hosts))
        url = self.publisher.manifest()
        manifest = parse(remote.get(url).body, url=url)
        remote.close()
        self.publisher.reset()
        assert isinstance(manifest, Manifest)
        return [task_of(canvas.painted(), canvas.key) for canvas in manifest.canvases]


def task_of(view: Any, canvas: str) -> ReadingTask:
    recipe = Recipe(view.reference, 0, "probe", "1.0", "", {"max_edge": 256})
    return ReadingTask(recipe, view, "source", canvas)


@contextmanager
def engine_room(folder: Path, **settings: Any) -> Iterator[EngineRoom]:
    """A data directory with the probe backend installed. No engine runs until somebody asks."""
    path = os.pathsep.join(filter(None, [str(PROBE), os.environ.get("PYTHONPATH")]))
    environment = patch.dict(os.environ, {"PYTHONPATH": path, "PROBE": str(folder)})
    with environment, patch.object(sys, "path", [str(PROBE), *sys.path]):
        room = EngineRoom(
            folder, Settings(data=folder / "data", allow_hosts=("127.0.0.1",), **{"engine_threads": 4, **settings})
        )
        try:
            yield room
        finally:
            room.stop()


@contextmanager
def engine_with(folder: Path, colours: Sequence[str] = HARMLESS[:12], **settings: Any) -> Iterator[EngineRoom]:
    """An engine room for one test."""
    with engine_room(folder, **settings) as room, room.publish(colours):
        yield room


def until(condition: Callable[[], object], what: str = "") -> None:
    """Waits for something that must happen."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"it never happened: {what or condition}"
        time.sleep(0.02)
