"""What benchmarks share: processes of their own for the publisher, the server and each contender, and one clock."""

from __future__ import annotations

import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import requests

from server.engine.address import Places
from server.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "tests" / "data" / "pages" / "images"
STARTING = 120.0
"""Seconds that a process gets to start or to end; the machine may be busy."""


@dataclass(frozen=True, slots=True)
class Site:
    """A publisher that runs in a process of its own, see `tests.publisher`."""

    base: str

    @property
    def host(self) -> str:
        """HOST:PORT, as `allow_hosts` takes it."""
        return self.base.partition("//")[2]

    def manifest(self, canvases: int) -> str:
        """URL of a manifest of so many canvases: the pages over and over, each under an image id of its own."""
        return f"{self.base}/iiif/3/book-{canvases}/manifest"


@contextmanager
def publisher(latency: float, pages: Path = PAGES) -> Iterator[Site]:
    """A publisher that waits `latency` seconds before each answer, until the end of the block."""
    command = [sys.executable, "-m", "tests.publisher", "--port", "0", "--latency", str(latency), "--pages", str(pages)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().split()[-1]
            yield Site(url.partition("/iiif/")[0])
        finally:
            process.terminate()


@contextmanager
def gunicorn(settings: dict[str, str], log: Path, app: str = "wsgi:app") -> Iterator[tuple[str, psutil.Process]]:
    """One worker with our gunicorn.conf.py, until the end of the block; its address and process.

    `settings` are environment variables; GLOSSATOR_DATA must be among them. The engine that it started ends with it.
    """
    port = free_port()
    environment = os.environ | {"WEB_CONCURRENCY": "1", "PYTHONPATH": str(ROOT)} | settings
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", app]
    with log.open("wb") as stream:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream)
    base = f"http://127.0.0.1:{port}"
    try:
        until_up(server, f"{base}/healthz")
        yield base, psutil.Process(server.pid).children()[0]
    finally:
        server.terminate()
        server.wait(STARTING)
        stop_engine(Path(settings["GLOSSATOR_DATA"]))


def until_up(server: subprocess.Popen[bytes], url: str) -> None:
    """Waits until the server answers; raises RuntimeError if it ends instead."""
    while server.poll() is None:
        try:
            requests.get(url, timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("gunicorn did not start; see its log")


def stop_engine(data: Path) -> None:
    """The engine of a data directory outlives the web processes that started it."""
    if address := Places(data).read():
        with suppress(psutil.NoSuchProcess):
            engine = psutil.Process(address.pid)
            engine.terminate()
            engine.wait(STARTING)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


Go = Callable[[], int]
"""What is measured; returns how many pages that were."""
Prepare = Callable[[int], Go]
"""Prepares round n, which is not measured."""


@dataclass(frozen=True, slots=True)
class Run:
    """One round of one contender."""

    seconds: float
    cpu: float
    """Seconds of processor that its process used."""
    pages: int

    @property
    def rate(self) -> float:
        return self.pages / self.seconds


class Contender:
    """A process of its own, which has imported and loaded everything before it is asked for a round."""

    def __init__(self, name: str, make: Callable[..., Prepare], *arguments: Any) -> None:
        """`make(*arguments)` runs there, once: it imports and loads."""
        self.name = name
        self._is_ready = False
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_contend, args=(theirs, make, arguments), daemon=True)
        self._process.start()
        theirs.close()

    def ready(self) -> None:
        """Waits until it is; raises EOFError if it failed, whose trace is on standard error."""
        if not self._is_ready:
            self._connection.recv()
        self._is_ready = True

    def run(self, number: int) -> Run:
        """Round `number`, while nothing else of ours runs."""
        self._connection.send(number)
        found: Run = self._connection.recv()
        return found

    def close(self) -> None:
        self._connection.close()
        self._process.join(STARTING)


def _contend(connection: Connection, make: Callable[..., Prepare], arguments: Sequence[Any]) -> None:
    prepare = make(*arguments)
    connection.send(None)
    with suppress(EOFError):  # nobody asks any more
        while True:
            go = prepare(connection.recv())
            start, cpu = time.perf_counter(), time.process_time()
            pages = go()
            connection.send(Run(time.perf_counter() - start, time.process_time() - cpu, pages))


def rounds(contenders: Sequence[Contender], count: int) -> dict[str, list[Run]]:
    """Every contender in every round, so that whatever else the machine does hits all; the order changes. Round 0 warms
    up and does not count."""
    for contender in contenders:
        contender.ready()
    found: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    for number in range(count + 1):
        turn = number % len(contenders)
        for contender in (*contenders[turn:], *contenders[:turn]):
            run = contender.run(number)
            if number:
                found[contender.name].append(run)
    return found


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios within each round."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def settings_of(data: Path, site: Site, **more: str) -> dict[str, str]:
    """Environment variables of a server with this data directory, that may fetch from the site."""
    return {"GLOSSATOR_DATA": str(data), "GLOSSATOR_ALLOW_HOSTS": site.host, "GLOSSATOR_REFRESH_AFTER": "86400", **more}


def settings_here(data: Path, site: Site) -> Settings:
    """The same for this process."""
    return Settings(data=data, allow_hosts=(site.host,), refresh_after=86400)
