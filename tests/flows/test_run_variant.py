"""`glossator run` with a backend that draws: files for those who have no server."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.flows.test_web_variants import TINT, options
from tests.publisher import Publisher
from tests.spec.presentation3 import Schema

POSTCARDS = Path(__file__).parents[1] / "data" / "postcards"
"""A hand-coloured one, and two in grey."""
BASE = "https://pictures.example.org/cards"
JSON = dict[str, Any]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The directory of a run over the postcards."""
    folder = tmp_path_factory.mktemp("run") / "out"
    with Publisher(POSTCARDS) as publisher:
        for _ in range(2):  # the second time there is nothing to do
            ended = run(publisher, folder, "--base-url", BASE + "/")
            assert ended.returncode == 0, ended.stderr
        assert "(3 from an earlier run)" in ended.stderr
        yield folder


def run(publisher: Publisher, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    wanted = ["--backend", "tint", "--out", str(folder), "--allow-host", publisher.host, *options]
    command = [sys.executable, "-c", "from server.cli import main; main()", "run", publisher.manifest(), *wanted]
    path = os.pathsep.join(filter(None, [str(TINT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, text=True, capture_output=True, check=False)


def document(out: Path, name: str) -> JSON:
    return dict(json.loads((out / name).read_bytes()))


def test_each_grey_picture_is_a_file_of_the_originals_size(out: Path) -> None:
    files = sorted((out / "pictures").iterdir())
    assert [file.name.split("-")[0] for file in files] == ["0002", "0003"]
    for file, original in zip(files, ("KPr000_12.jpg", "KPr000_2.jpg"), strict=True):
        assert b"digitalsourcetype/algorithmicallyEnhanced" in file.read_bytes()
        with Image.open(file) as drawn, Image.open(POSTCARDS / original) as scanned:
            assert drawn.size == scanned.size
            green = np.asarray(drawn.convert("RGB")).astype(float)[..., 1]
            grey = np.asarray(scanned.convert("RGB")).astype(float).mean(axis=2)
        assert np.abs(green - grey).mean() < 6


def test_the_variant_names_the_files_beside_the_originals(out: Path) -> None:
    found, original = document(out, "tinted.json"), document(out, "manifest.json")
    assert found["id"] == f"{BASE}/tinted.json"
    choices = [options(canvas) for canvas in found["items"]]
    assert [len(choice) for choice in choices] == [1, 2, 2]
    for _, drawn in choices[1:]:
        assert (out / drawn["id"].removeprefix(f"{BASE}/")).is_file() and "service" not in drawn
    for canvas, old in zip(found["items"], original["items"], strict=True):
        assert canvas["seeAlso"][-1]["id"] == old["id"]
        [page] = canvas["annotations"]
        assert [item["target"] for item in page["items"]] == [canvas["id"]]


def test_both_manifests_are_valid(out: Path, shared_data: Path) -> None:
    schema = Schema(shared_data / "schemas" / "iiif_3_0.json")
    for name in ("manifest.json", "tinted.json"):
        assert list(schema.errors(document(out, name))) == []


def test_table_and_zip_have_the_pictures(out: Path) -> None:
    with (out / "findings.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["class"], bool(row["crop"])) for row in rows] == [
        ("in colour", False),
        ("tinted", True),
        ("a scan", False),
        ("tinted", True),
        ("a scan", False),
    ]
    with zipfile.ZipFile(out / "crops.zip") as archive:
        assert set(archive.namelist()) == {"findings.csv", *(row["crop"] for row in rows if row["crop"])}
