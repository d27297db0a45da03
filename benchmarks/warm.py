"""What a warm answer costs: a page against an empty Flask view, a manifest of 1,000 canvases against the same bytes.

    python benchmarks/warm.py [--rounds 7] [--seconds 2] [--connections 8]

One gunicorn with our gunicorn.conf.py and one worker serves the real application and, below /reference, a bare Flask
application. `wrk` asks for each in turn, so that whatever else the machine does hits all of them. The ratio is the
median over the rounds of that within a round. Beside it the worker's CPU time for a request, which says the same on
a machine that is busy with something else. Aims: 0.8 or more for both.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests
from flask import Flask, Response
from rich.console import Console
from rich.table import Table

from iiif_store.reading import Reading
from ml_backends.types import Box, Finding
from server.services import Services, build
from server.settings import Settings
from tests.publisher import Publisher

ROOT = Path(__file__).parents[1]
CANVASES = 1000
LAYER = "illustrations"


def application() -> Any:
    """What gunicorn serves: ours, and below /reference bare Flask with what the references need."""
    from wsgi import app as ours

    bare = reference(Path(os.environ["BENCHMARK_BYTES"]))

    def serve(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        return (bare if environ["PATH_INFO"].startswith("/reference/") else ours)(environ, start)

    return serve


def reference(file: Path) -> Flask:
    """An empty view, and one that answers the bytes of a file from memory."""
    app = Flask("reference", static_folder=None)
    body = file.read_bytes()

    @app.get("/reference/empty")
    def empty() -> str:
        return ""

    @app.get("/reference/bytes")
    def whole() -> Response:
        return Response(body, content_type="application/json")

    return app


def filled(settings: Settings, url: str) -> tuple[str, str]:
    """Register the manifest and store the reading of its first canvas; the paths of manifest and page."""
    services = build(settings)
    source, _ = services.sources.register(url, backends=(LAYER,))
    canvas = services.sources.manifest(source).pictured[0]
    services.store.put_reading(_reading(services, source.id, canvas.key))
    return f"/iiif/3/{source.id}/manifest", f"/iiif/3/{source.id}/{canvas.key}/{LAYER}"


def _reading(services: Services, source: str, canvas: str) -> Reading:
    place = services.pages.find(services.sources.open(source), canvas, LAYER)
    findings = tuple(
        Finding("classifying", Box(61.5 * n, 40.25 * n, 300.125, 200.75), label="illustration", score=0.91 - n / 100)
        for n in range(8)
    )
    return Reading(place.task.recipe, 905, 1280, findings, "2026-03-01T10:00:00Z", "2026-03-01T10:00:01Z", device="cpu")


@contextmanager
def gunicorn(settings: Settings, body: Path, port: int) -> Iterator[tuple[str, psutil.Process]]:
    """One worker with our configuration, until the end of the block; its address and process."""
    environment = os.environ | {
        "GLOSSATOR_DATA": str(settings.data),
        "GLOSSATOR_REFRESH_AFTER": "86400",
        "BENCHMARK_BYTES": str(body),
        "WEB_CONCURRENCY": "1",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "benchmarks.warm:application()"]
    with (settings.data / "gunicorn.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}"
    try:
        until_up(server, f"{base}/healthz")
        yield base, psutil.Process(server.pid).children()[0]
    finally:
        server.terminate()
        server.wait(120)


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


@dataclass(frozen=True, slots=True)
class Run:
    """What wrk and the operating system say of one run."""

    rate: float
    """Requests per second."""
    cpu: float
    """Microseconds of the worker for a request."""


def measure(url: str, worker: psutil.Process, options: argparse.Namespace) -> Run:
    """Raises RuntimeError if any request was refused."""
    before = sum(worker.cpu_times()[:2])
    command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(told)
    rate, count = re.search(r"Requests/sec:\s+([\d.]+)", told), re.search(r"(\d+) requests in", told)
    assert rate and count, told
    return Run(float(rate[1]), 1e6 * (sum(worker.cpu_times()[:2]) - before) / int(count[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2, help="for each URL in a round")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--port", type=int, default=18123)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Publisher(ROOT / "tests" / "data" / "pages" / "images") as publisher:
        settings = Settings(data=Path(folder), allow_hosts=(publisher.host,))
        manifest, page = filled(settings, publisher.manifest(CANVASES))
        body = Path(folder) / "body"
        body.write_bytes(b" ")
        with gunicorn(settings, body, options.port) as (base, _):
            body.write_bytes(requests.get(base + manifest, headers={"Accept-Encoding": ""}, timeout=60).content)
        with gunicorn(settings, body, options.port) as (base, worker):
            paths = (page, "/reference/empty", manifest, "/reference/bytes")
            for path in paths:
                requests.get(base + path, timeout=60).raise_for_status()
            rounds = [[measure(base + path, worker, options) for path in paths] for _ in range(options.rounds)]
        show(rounds, body.stat().st_size)


def show(rounds: list[list[Run]], size: int) -> None:
    table = Table("warm", "Flask", "per s", "Flask", "ratio", "aim", "CPU us", "Flask", "ratio")
    names = [("page", "empty view"), (f"manifest, {size // 1000} kB", "same bytes")]
    for n, (name, against) in enumerate(names):
        ours, theirs = ([row[2 * n + k] for row in rounds] for k in (0, 1))
        rates = [statistics.median(run.rate for run in runs) for runs in (ours, theirs)]
        costs = [statistics.median(run.cpu for run in runs) for runs in (ours, theirs)]
        ratio = statistics.median(mine.rate / other.rate for mine, other in zip(ours, theirs, strict=True))
        cheaper = statistics.median(other.cpu / mine.cpu for mine, other in zip(ours, theirs, strict=True))
        table.add_row(
            *(name, against, *(f"{rate:,.0f}" for rate in rates), f"{ratio:.2f}", "0.80"),
            *(*(f"{cost:,.0f}" for cost in costs), f"{cheaper:.2f}"),
        )
    Console().print(table)


if __name__ == "__main__":
    main()
