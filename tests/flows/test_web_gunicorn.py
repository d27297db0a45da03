"""Under a real gunicorn with our gunicorn.conf.py: what its processes import, share and survive."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
import requests

from tests.engines import HARMLESS, PATIENCE, EngineRoom, engine_with, until

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "torchvision", "ultralytics", "onnxruntime", "cv2"}


class Gunicorn:
    """A running server."""

    def __init__(self, process: subprocess.Popen[bytes], base: str, log: Path) -> None:
        self.process, self.base, self.log = process, base, log

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.base + path, timeout=PATIENCE, **options)

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def lines(self) -> list[dict[str, Any]]:
        """The structured part of its log."""
        return [orjson.loads(line) for line in self.log.read_bytes().splitlines() if line.startswith(b"{")]


@contextmanager
def gunicorn(
    room: EngineRoom, *, workers: int = 2, app: str = "tests.web_modules:app", **settings: str
) -> Iterator[Gunicorn]:
    """Its settings are the room's and those given."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {
        "GLOSSATOR_DATA": str(room.settings.data),
        "GLOSSATOR_ALLOW_HOSTS": "127.0.0.1",
        "GLOSSATOR_BACKENDS": "probe",
        "GLOSSATOR_DEADLINE": str(PATIENCE),
        "GLOSSATOR_ENGINE_THREADS": str(room.settings.engine_threads),
        "GLOSSATOR_PREFETCH": "0",
        "WEB_CONCURRENCY": str(workers),
    }
    environment = os.environ | own | settings
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment["PYTHONPATH"]])
    log = room.folder / "gunicorn.log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", app]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    server = Gunicorn(process, f"http://127.0.0.1:{port}", log)
    try:
        until(lambda: process.poll() is not None or _is_up(server), "gunicorn starts")
        yield server
    finally:
        room.go_on()
        process.terminate()
        process.wait(PATIENCE)


def _is_up(server: Gunicorn) -> bool:
    try:
        return server.get("/healthz").ok
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineRoom]:
    with engine_with(tmp_path_factory.mktemp("gunicorn"), HARMLESS[:90]) as room:
        yield room


@pytest.fixture(scope="module")
def server(room: EngineRoom) -> Iterator[Gunicorn]:
    with gunicorn(room) as server:
        yield server


@pytest.fixture(scope="module")
def pages(room: EngineRoom, server: Gunicorn) -> list[str]:
    """The paths of all pages of a registered manifest."""
    row = requests.post(f"{server.base}/api/sources", json={"url": room.publisher.manifest()}, timeout=60).json()
    manifest = requests.get(row["manifest"], timeout=60).json()
    return [canvas["annotations"][0]["id"].removeprefix(server.base) for canvas in manifest["items"]]


def test_no_web_process_imports_a_model(server: Gunicorn, pages: list[str]) -> None:
    """After everything that a web process does: pages, lists of backends, the admin pages, a job."""
    source = pages[0].split("/")[3]
    assert server.get(pages[0]).status_code == 200
    headers = {"Origin": server.base}
    body = {"sources": [source], "backends": ["illustrations"]}
    looks = ["/", "/api/backends", "/admin/", "/admin/backends", "/admin/work", "/admin/storage", "/metrics"]
    looks += [f"/view/{source}", f"/view/{source}/status", f"/admin/sources/{source}", "/models/illustrations/0.2"]
    seen: dict[int, set[str]] = {}

    def visit() -> bool:
        for path in looks:
            server.get(path)
        told = server.get("/modules", headers={"Connection": "close"}).json()
        seen[told["pid"]] = set(told["modules"])
        return len(seen) == 2

    until(visit, "both workers were seen")
    assert requests.post(f"{server.base}/api/jobs", json=body, headers=headers, timeout=60).status_code == 202
    visit()
    for modules in seen.values():
        assert "server" in modules and not modules & HEAVY


def test_metrics_are_summed_over_the_processes(server: Gunicorn) -> None:
    def count() -> float:
        text = server.get("/metrics").text
        lines = [
            line for line in text.splitlines() if 'requests_total{door="healthz",method="GET",status="200"' in line
        ]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    before = count()
    for _ in range(40):
        server.get("/healthz", headers={"Connection": "close"})
    assert count() == before + 40


def test_every_request_is_one_line_of_json(server: Gunicorn, pages: list[str]) -> None:
    def lines() -> list[dict[str, Any]]:
        server.get(pages[0])
        found = [line for line in server.lines() if line["event"] == "request" and line["path"] == pages[0]]
        return found if any(line.get("warm") for line in found) else []

    server.get(pages[0] + "?cold")
    until(lines, "either process has answered from memory")
    for line in lines():
        assert {"time", "level", "method", "status", "ms", "source"} <= set(line)
    assert any(len(line.get("revision", "")) == 16 for line in lines())


def test_cold_pages_do_not_delay_warm_ones(room: EngineRoom, server: Gunicorn, pages: list[str]) -> None:
    """64 cold GETs while the model hangs: those that find no thread are told so at once, warm ones are answered."""
    assert server.get(pages[0]).status_code == 200
    room.hold()
    with ThreadPoolExecutor(64) as clients:
        waiting = [clients.submit(server.get, path) for path in pages[10:74]]
        until(lambda: len(room.calls()) > 1, "the model hangs")
        for _ in range(20):
            assert server.get(pages[0]).status_code == 200
            assert server.get("/healthz").status_code == 200
        assert not all(answer.done() for answer in waiting)
        room.go_on()
        answers = [answer.result() for answer in waiting]
    assert {answer.status_code for answer in answers} <= {200, 503}
    for answer in answers:
        if answer.status_code == 503:
            assert answer.json()["type"].endswith(":busy") and int(answer.headers["Retry-After"]) > 0


def test_killing_a_web_process_leaves_the_engine_alone(room: EngineRoom, server: Gunicorn, pages: list[str]) -> None:
    assert server.get(pages[0]).status_code == 200
    engine, before = room.engine(), {worker.pid for worker in server.workers()}
    os.kill(min(before), signal.SIGKILL)
    until(lambda: len({worker.pid for worker in server.workers()} - {min(before)}) == 2, "gunicorn starts another")
    until(lambda: _is_up(server))
    assert server.get(pages[80]).status_code == 200
    assert engine.is_running() and room.engine().pid == engine.pid


def test_an_answer_kept_in_one_process_notices_what_another_writes(server: Gunicorn, room: EngineRoom) -> None:
    url = room.publisher.manifest(3)
    row = requests.post(f"{server.base}/api/sources", json={"url": url}, timeout=60).json()
    path = row["manifest"].removeprefix(server.base)

    def fresh() -> requests.Response:
        return server.get(path, headers={"Connection": "close"})

    for _ in range(20):
        assert fresh().status_code == 200
    deleted = requests.delete(f"{server.base}/api/sources/{row['id']}", timeout=60)
    assert deleted.status_code == 204
    assert {fresh().status_code for _ in range(20)} == {410}


def test_a_head_has_no_body_on_the_wire(server: Gunicorn, pages: list[str]) -> None:
    body = server.get(pages[0]).content
    with socket.create_connection(("127.0.0.1", int(server.base.rpartition(":")[2]))) as wire:
        host = server.base.removeprefix("http://")
        for _ in range(2):
            wire.sendall(f"HEAD {pages[0]} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode())
        received = b""
        while received.count(b"\r\n\r\n") < 2:
            received += wire.recv(65536)
    assert received.count(b"HTTP/1.1 200") == 2 and received.endswith(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in received
