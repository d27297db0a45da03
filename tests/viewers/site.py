"""The whole product for viewers to look at: the real server, its engine, a publisher of real pages, one of coloured
ones, and an origin of our own for documents that no publisher here writes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import requests
from PIL import Image

from server.engine.address import Places
from tests.engines import PROBE, until
from tests.publisher import Publisher
from tests.viewers.origin import Origin
from tests.viewers.pages import JSON, PAGES, SIZE

ROOT = Path(__file__).parents[2]
SCRIBE = Path(__file__).with_name("scribe")
TINT = Path(__file__).parents[1] / "backends"
PRINTS = Path(__file__).parents[1] / "data" / "ocr"
"""Old prints whose text the backend `lector` knows."""
PATIENT = 300.0
"""A deadline that a page is never late for, however busy the machine."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, as a client sees it."""

    base: str

    def register(self, url: str, *backends: str) -> str:
        """The id of the source."""
        answer = requests.post(f"{self.base}/api/sources", json={"url": url, "backends": backends}, timeout=PATIENT)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def get(self, path: str) -> JSON:
        answer = requests.get(self.base + path, timeout=PATIENT)
        answer.raise_for_status()
        return dict(answer.json())

    def manifest(self, source: str) -> JSON:
        return self.get(f"/iiif/3/{source}/manifest")

    def done(self, source: str) -> dict[str, int]:
        """The number of pages that are computed, for each layer."""
        return {layer["name"]: layer["done"] for layer in self.get(f"/view/{source}/status")["layers"]}

    def annotations(self, canvas: JSON) -> list[JSON]:
        """Of a canvas of an enriched manifest, all pages of ours together; computes what is missing."""
        pages = [page["id"] for page in canvas["annotations"] if page["id"].startswith(self.base)]
        return [item for page in pages for item in self.get(page.removeprefix(self.base))["items"]]

    def view(self, source: str, *, canvas: str = "", viewer: str = "mirador", layers: str | None = None) -> str:
        """URL of the viewer."""
        chosen = "" if layers is None else f"&layers={layers}"
        return f"{self.base}/view/{source}?viewer={viewer}&canvas={quote(canvas, safe='')}{chosen}"


class Site:
    """What every test of this folder shares."""

    def __init__(self, folder: Path, library: Publisher, paintbox: Publisher, origin: Origin) -> None:
        self.folder, self.library, self.paintbox, self.origin = folder, library, paintbox, origin
        self.server = Server("")

    @contextmanager
    def serve(self, **settings: object) -> Iterator[Server]:
        """A server over the data directory of this site; `settings` are those of this one."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = ["-c", "from server.cli import main; main()", "serve", "--port", str(port), "--workers", "1"]
        log = (self.folder / f"server-{port}.log").open("wb")
        process = subprocess.Popen([sys.executable, *command], env=self._environment(settings), stdout=log, stderr=log)
        server = Server(f"http://127.0.0.1:{port}")
        try:
            until(lambda: _answers(server, process), f"{server.base} answers")
            yield server
        finally:
            process.terminate()
            process.wait()
            log.close()

    def _environment(self, settings: Mapping[str, object]) -> dict[str, str]:
        path = os.pathsep.join(filter(None, [str(PROBE), str(SCRIBE), str(TINT), os.environ.get("PYTHONPATH")]))
        given = {"data": self.folder / "data", "allow_hosts": "127.0.0.1", "prefetch": 0, "rate_limit": "10000/minute"}
        named = {f"GLOSSATOR_{name.upper()}": str(value) for name, value in {**given, **settings}.items()}
        rooms = {"PYTHONPATH": path, "PROBE": str(self.folder), "SCRIBE": str(self.folder), "TINT": str(self.folder)}
        rooms["LECTOR"] = str(PRINTS)
        return {**os.environ, **rooms, **named, "GLOSSATOR_LOG_LEVEL": "WARNING"}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Predictions of the probe wait until the end of the block."""
        (self.folder / "hold").touch()
        try:
            yield
        finally:
            (self.folder / "hold").unlink()

    def probed(self, colour: str) -> int:
        """How often the probe was shown a picture of this colour."""
        calls = self.folder / "calls"
        return calls.read_text().split().count(f"#{colour}") if calls.exists() else 0

    def fetched(self, publisher: Publisher, part: str) -> list[str]:
        """The paths of which the server, not a browser, asked a publisher."""
        asked = publisher.requests
        return [one.path for one in asked if part in one.path and "glossator" in one.headers["user-agent"].lower()]

    def stop_engine(self) -> None:
        """The engine outlives servers on purpose."""
        if address := Places(self.folder / "data").read():
            with suppress(psutil.NoSuchProcess):
                engine = psutil.Process(address.pid)
                engine.terminate()
                engine.wait(60)


def paint(folder: Path) -> Path:
    """The coloured pages in a directory of their own, and what the scribe finds on them where it looks for that."""
    painted = folder / "paintbox"
    painted.mkdir()
    for name, page in PAGES.items():
        Image.new("RGB", SIZE, f"#{page.colour}").save(painted / f"{name}.png")
        (folder / f"{page.colour}.json").write_text(json.dumps(page.findings))
    return painted


def _answers(server: Server, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"the server has ended with status {process.returncode}"
    try:
        return requests.get(f"{server.base}/healthz", timeout=10).ok
    except requests.ConnectionError:
        time.sleep(0.1)
        return False
