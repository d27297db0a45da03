"""The size limit of cache/ and pages/, while others read and delete there."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from iiif_store.stores.data_directory import DataDirectory


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    return DataDirectory.open(tmp_path / "data")


def put(path: Path, size: int, *, read: int, written: int) -> Path:
    """A file of so many bytes, last read and written at those times."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (read, written))
    return path


def test_the_least_recently_used_go_first(directory: DataDirectory) -> None:
    cache, pages = directory.root / "cache", directory.root / "pages"
    oldest = put(cache / "ab" / "oldest", 100, read=1, written=2)
    old = put(pages / "old", 100, read=3, written=1)
    read_lately = put(cache / "read", 100, read=9, written=1)
    written_lately = put(pages / "cd" / "ef" / "written", 100, read=1, written=8)
    assert directory.trim_cache(400) == 0
    assert directory.trim_cache(250) == 200
    assert [path.exists() for path in (oldest, old, read_lately, written_lately)] == [False, False, True, True]
    assert directory.trim_cache(199) == 100
    assert read_lately.exists() and not written_lately.exists()
    assert directory.trim_cache(0) == 100
    assert directory.size()["cache"] == directory.size()["pages"] == 0


def test_only_the_cache_is_trimmed(directory: DataDirectory) -> None:
    others = [put(directory.root / part / "file", 100, read=1, written=1) for part in ("readings", "blobs", "run")]
    lock = put(directory.root / "cache" / "lock", 0, read=1, written=1)
    fresh = directory.root / "cache" / ".fresh.tmp"
    fresh.write_bytes(b"x" * 100)
    abandoned = put(directory.root / "cache" / ".abandoned.tmp", 100, read=1, written=1)
    assert directory.trim_cache(0) == 100
    assert all(path.exists() for path in [*others, lock, fresh])
    assert not abandoned.exists()


def test_a_reader_reads_on_what_is_trimmed(directory: DataDirectory) -> None:
    path = put(directory.root / "cache" / "file", 10**6, read=1, written=1)
    with path.open("rb") as file:
        start = file.read(10)
        assert directory.trim_cache(0) == 10**6
        assert len(start + file.read()) == 10**6


def test_several_may_trim_at_once(directory: DataDirectory) -> None:
    for n in range(500):
        put(directory.root / "cache" / f"{n % 7}" / f"{n:03}", 10, read=n + 1, written=n + 1)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(directory.trim_cache, [1000] * 8))
    left = sorted(path.name for path in (directory.root / "cache").rglob("*") if path.is_file())
    assert left == [f"{n:03}" for n in range(400, 500)]


def test_the_folders_may_be_gone(directory: DataDirectory) -> None:
    for part in ("cache", "pages"):
        (directory.root / part).rmdir()
    assert directory.trim_cache(0) == 0
    assert directory.size()["cache"] == 0
