"""`glossator run DIR`: what a class does first, with a folder of pictures and no server."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

from iiif_store.stores import open_store
from server.run.book import HERE
from server.scans.scanner import Scanner, Wishes, finish, name_of
from server.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = "setaf1538_faictz-JM-1538_2225a999e3"
"""A page with a large woodcut."""


def run(folder: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = "from server.cli import main; main()"
    line = [
        sys.executable,
        "-c",
        program,
        "run",
        str(folder),
        "--backend",
        "illustrations",
        "--out",
        str(out),
        *options,
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "GLOSSATOR_DATA": str(out.parent / "data")}
    return subprocess.run(line, env=environment, cwd=out.parent, capture_output=True, text=True, check=False)


def test_a_fresh_folder_is_read_with_one_command(tmp_path: Path, page_images: Path) -> None:
    folder, out = tmp_path / "Woodcuts", tmp_path / "out"
    (folder / "more").mkdir(parents=True)
    shutil.copy(page_images / f"{PAGE}.jpg", folder)
    shutil.copy(page_images / "nls_108607317_3.jpg", folder / "more" / "2.jpg")
    (folder / "notes.txt").write_text("nothing to see")

    done = run(folder, out)
    assert done.returncode == 0, done.stderr
    assert "more/ is a folder; --recursive" in done.stderr and "notes.txt is no picture" in done.stderr
    assert f"glossator add {folder}" in done.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    assert "local:" not in (out / "manifest.json").read_text()
    (canvas,) = manifest["items"]
    assert canvas["label"] == {"none": [PAGE]}
    with (out / "findings.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    with Image.open(out / rows[0]["crop"]) as crop:
        assert crop.size == tuple(int(number) for number in rows[0]["xywh"].split(",")[2:])

    again = run(folder, out, "--recursive")
    assert again.returncode == 0 and "2 pages (1 from an earlier run)" in again.stderr


def test_its_ids_are_those_that_add_gives(tmp_path: Path, page_images: Path) -> None:
    folder, out = tmp_path / "Woodcuts", tmp_path / "out"
    folder.mkdir()
    shutil.copy(page_images / f"{PAGE}.jpg", folder)
    assert run(folder, out, "--no-crops").returncode == 0
    settings = Settings(data=tmp_path / "other")
    store = open_store(settings.store_url)
    scanner = Scanner(store, settings)
    work = scanner.scan(scanner.select(folder), Wishes(), created="2026-01-01T00:00:00Z", name=name_of(folder))
    added = json.loads(finish(work, lambda *_told: None).document)
    canvas = json.loads((out / "manifest.json").read_text())["items"][0]
    assert canvas["id"] == added["items"][0]["id"].replace("local:", f"{HERE}/iiif/")
    body, ours = canvas["items"][0]["items"][0]["body"], added["items"][0]["items"][0]["items"][0]["body"]
    assert body["id"] == ours["id"].replace("local:", f"{HERE}/iiif/")
