"""Folders of scans as people keep them: with what a run wrote into them."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.run.book import STATE
from server.run.files import CROPS, PICTURES
from server.scans.folder import RUN, RUN_FOLDERS, listed


def names(folder: Path, *, recursive: bool = True) -> list[str]:
    return [item.name for item in listed(folder, recursive=recursive, most=100).items]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for name in ("1.jpg", "Paris/2.jpg", "crops/3.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def ran(out: Path) -> None:
    """What a run leaves there."""
    for name in (f"{STATE}/store.db", f"{CROPS}/0001-a.jpg", f"{PICTURES}/0001-b.jpg", "crops.zip"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).touch()


def test_the_crops_of_a_run_are_no_pages(scans: Path) -> None:
    before = names(scans)
    assert before == ["1.jpg", "crops/3.jpg", "Paris/2.jpg"], "a folder of that name may be anybody's"
    ran(scans / "out")
    assert names(scans) == [*before[:2], "out/crops.zip", before[2]]


def test_nor_are_those_of_a_run_into_a_folder_of_scans(scans: Path) -> None:
    ran(scans)
    ran(scans / "Paris")
    assert names(scans) == ["1.jpg", "crops.zip", "Paris/2.jpg", "Paris/crops.zip"]
    assert [one.name for one in listed(scans, recursive=False, most=100).left_out] == ["Paris/"]
    assert names(scans / "crops") == ["0001-a.jpg", "3.jpg"], "who names them means them"


def test_it_knows_what_a_run_writes() -> None:
    assert (RUN, RUN_FOLDERS) == (STATE, (CROPS, PICTURES))
