"""Copies on disk: whole or not at all, whoever writes, reads or deletes at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from iiif_store.fetch.cache import DiskCache, Entry

URL = "http://example.org/a"


def entry(size: int) -> Entry:
    return Entry(URL, '"1"', None, "image/jpeg", validated=1.0, fresh_until=2.0, size=size)


def the_file(directory: Path) -> Path:
    return next(path for path in directory.rglob("*") if path.is_file())


def test_there_and_back(tmp_path: Path) -> None:
    DiskCache(tmp_path).write(URL, entry(4), b"\n{}\n")
    assert DiskCache(tmp_path).read(URL) == (entry(4), b"\n{}\n")
    assert DiskCache(tmp_path).read(URL + "b") is None


def test_forgotten(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    cache.forget(URL)
    cache.write(URL, entry(1), b"x")
    cache.forget(URL)
    assert cache.read(URL) is None


def test_only_validators_that_are_there() -> None:
    assert entry(0).validators == {"If-None-Match": '"1"'}


@pytest.mark.parametrize("damage", [b"", b"not json\nbody", b'{"url": "x"}\nbody', b"[1]\nbody"])
def test_damage_is_no_copy(tmp_path: Path, damage: bytes) -> None:
    cache = DiskCache(tmp_path)
    cache.write(URL, entry(4), b"body")
    the_file(tmp_path).write_bytes(damage)
    assert cache.read(URL) is None
    cache.write(URL, entry(4), b"body")
    assert cache.read(URL) == (entry(4), b"body")


def test_a_short_file_is_no_copy(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    cache.write(URL, entry(4), b"body")
    path = the_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    assert cache.read(URL) is None


def test_no_room_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("not a directory")
    cache = DiskCache(tmp_path / "file")
    cache.write(URL, entry(1), b"x")
    assert cache.read(URL) is None
    assert URL in caplog.text


def test_readers_see_one_copy_or_the_other(tmp_path: Path) -> None:
    """Writers replace a copy again and again by one of another length while others read it and delete it."""
    cache, done = DiskCache(tmp_path), threading.Event()
    bodies = [bytes([n]) * (n * 10_000) for n in range(1, 9)]

    def write(body: bytes) -> None:
        for _ in range(30):
            cache.write(URL, entry(len(body)), body)

    def read() -> int:
        seen = 0
        while not done.is_set():
            if found := cache.read(URL):
                assert found[1] in bodies
                seen += 1
            cache.forget(URL)
        return seen

    with ThreadPoolExecutor(10) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        list(pool.map(write, bodies))
        done.set()
        assert sum(reader.result() for reader in readers) > 0
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) <= 1  # no temporary file is left
