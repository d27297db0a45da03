"""A static export, on the plainest of web servers: Mirador shows the book and draws its boxes in their place."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from iiif_store.reading import Reading
from ml_backends.types import Box, Finding
from server.cli import main
from server.services import build
from server.settings import Settings
from tests.engines import until
from tests.viewers.conftest import Open
from tests.viewers.pixels import changed, frame_of, traced

BOX = Box(200, 300, 400, 500)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of the sample with one box on its first page, exported and served by `python -m http.server`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
    built = build(Settings(data=tmp_path / "data"))
    source, _ = built.sources.register("local:sample", backends=("illustrations",))
    canvas = built.sources.manifest(source).canvases[0]
    task = built.recipes.task(source, canvas, source.layers[0])
    found = (Finding("classifying", BOX, "illustration", score=0.93),)
    built.store.put_reading(Reading(task.recipe, canvas.width or 1, canvas.height or 1, found, "t", "t"))
    command = ["export", source.id, "--format", "static", "--out", str(tmp_path / "site"), "--base-url", base]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLOSSATOR_DATA", str(tmp_path / "data"))
        with pytest.raises(SystemExit) as ended:
            main(command)
    assert ended.value.code == 0
    served = [
        "-m",
        "http.server",
        base.rpartition(":")[2],
        "--bind",
        "127.0.0.1",
        "--directory",
        str(tmp_path / "site"),
    ]
    process = subprocess.Popen([sys.executable, *served], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(base), f"{base} answers")
        yield base
    finally:
        process.terminate()
        process.wait()


def _answers(base: str) -> bool:
    try:
        return requests.get(f"{base}/manifest.json", timeout=10).ok
    except requests.ConnectionError:
        return False


def test_mirador_draws_the_box_from_plain_files(address: str, open_browser: Open) -> None:
    visit = open_browser(color_scheme="dark")
    rows = visit.mirador(f"{address}/index.html")
    assert len(rows) == 1 and "Illustration, 93 %" in rows[0]
    assert visit.chips() == ["illustration"]
    bare, drawn = visit.drawn()
    page = frame_of(changed(bare, bare[2, -2], by=20))
    assert page
    width, height = 889, 1280
    box = page.part(BOX.x / width, BOX.y / height, BOX.width / width, BOX.height / height)
    assert traced(drawn, box.corners) == 1.0
