"""Disks that are full, read-only or gone; folders that are deleted; writers that are killed."""

from __future__ import annotations

import os
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from iiif_store.errors import StoreUnavailable
from iiif_store.stores import Store, contenders, open_store
from iiif_store.stores.contract_annotations import NOTE
from iiif_store.stores.samples import DOCUMENT, FAILURE, JOB, READING, SOURCE, TOKEN, nth_reading

NOBODY = 65534

WRITES: dict[str, Callable[[Store], object]] = {
    "put_source": lambda store: store.put_source(replace(SOURCE, label="new" * 2000)),
    "update_source": lambda store: store.update_source(SOURCE.id, lambda row: row and replace(row, label="new" * 2000)),
    "put_snapshot": lambda store: store.put_snapshot(b"new" * 2000),
    "put_members": lambda store: store.put_members("collection", {"member": "https://example.org/" + "n" * 6000}),
    "put_reading": lambda store: store.put_reading(replace(nth_reading(7), device="new" * 2000)),
    "put_failure": lambda store: store.put_failure(replace(FAILURE, reason="new" * 2000)),
    "put_job": lambda store: store.put_job(replace(JOB, message="new" * 2000)),
    "put_token": lambda store: store.put_token(replace(TOKEN, name="new" * 2000)),
    "annotations.add": lambda store: store.annotations.add(replace(NOTE, id="new", creator="new" * 2000)),
    "annotations.change": lambda store: store.annotations.change(replace(NOTE, creator="new" * 2000), None),
}

"""Each needs several thousand bytes."""

CHANGES: dict[str, Callable[[Store], object]] = {
    **WRITES,
    "raise_generation": lambda store: store.raise_generation("picture"),
    "clear_failure": lambda store: store.clear_failure(FAILURE.revision),
    "delete_token": lambda store: store.delete_token(TOKEN.id),
}
READS: dict[str, Callable[[Store], object]] = {
    "sources": lambda store: store.sources(),
    "get_source": lambda store: store.get_source(SOURCE.id),
    "source_stamp": lambda store: store.source_stamp(SOURCE.id),
    "get_snapshot": lambda store: store.get_snapshot(SOURCE.snapshot),
    "find_member": lambda store: store.find_member("member"),
    "get_reading": lambda store: store.get_reading(READING.revision),
    "has_reading": lambda store: store.has_reading(READING.revision),
    "find_reading": lambda store: store.find_reading(READING.revision[:16]),
    "generation": lambda store: store.generation("picture"),
    "get_failure": lambda store: store.get_failure(FAILURE.revision),
    "failures": lambda store: store.failures(),
    "get_job": lambda store: store.get_job(JOB.id),
    "jobs": lambda store: store.jobs(),
    "tokens": lambda store: store.tokens(),
    "annotations.get": lambda store: store.annotations.get(NOTE.source, NOTE.id),
    "annotations.on": lambda store: store.annotations.on(NOTE.source, NOTE.canvases[0]),
    "annotations.of": lambda store: list(store.annotations.of(NOTE.source)),
    "annotations.canvases": lambda store: store.annotations.canvases(NOTE.source),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(root: Path) -> Store:
    return filled(root)


def filled(root: Path) -> Store:
    store = open_store(f"tinydb://{root}")
    store.put_source(SOURCE)
    store.put_snapshot(DOCUMENT)
    store.put_reading(READING)
    store.put_failure(FAILURE)
    store.put_job(JOB)
    store.put_token(TOKEN)
    store.annotations.add(NOTE)
    return store


def assert_as_filled(store: Store) -> None:
    assert store.sources() == [SOURCE]
    assert store.get_reading(READING.revision) == READING
    assert store.failures() == [FAILURE]
    assert store.jobs() == [JOB]
    assert store.tokens() == [TOKEN]
    assert store.find_member("member") is None
    assert store.find_reading(nth_reading(7).revision[:16]) is None


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file can grow beyond `size` bytes: the write fails in the middle, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("write", WRITES)
def test_on_a_full_disk_a_write_is_refused_and_nothing_changes(store: Store, root: Path, write: str) -> None:
    before = sorted(root.rglob("*"))
    with room_for(1000), pytest.raises(StoreUnavailable, match="free some space") as error:
        WRITES[write](store)
    assert str(root) in str(error.value)
    assert_as_filled(store)
    assert [path for path in root.rglob("*") if path not in before and path.is_file() and path.stat().st_size] == []


def test_on_a_full_disk_the_store_is_not_ready_and_then_is_again(store: Store) -> None:
    with room_for(0):
        fault = store.ready()
        assert fault and "free some space" in fault
        assert next(store.check()) == fault
        with pytest.raises(StoreUnavailable, match="free some space"), store.claim("e" * 64):
            raise AssertionError("a claim whose deaths cannot be counted was given")
    assert store.ready() is None
    with store.claim("e" * 64) as claim:
        assert claim is not None and claim.deaths == 0


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A filled data directory in which this process, which is not root for the time being, may read only."""
    base = Path(tempfile.mkdtemp())
    root = base / "data"
    filled(root)
    folders = [base, root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(NOBODY)
    yield root
    if was_root:
        os.seteuid(0)
    for folder in folders:
        folder.chmod(0o755)
    shutil.rmtree(base)


def test_a_read_only_directory_is_read_and_not_written(read_only: Path) -> None:
    store = open_store(f"tinydb://{read_only}")
    assert_as_filled(store)
    for write in CHANGES.values():
        with pytest.raises(StoreUnavailable, match="may not be used by this user") as error:
            write(store)
        assert str(read_only) in str(error.value)
    with pytest.raises(StoreUnavailable), store.claim("e" * 64):
        pass
    assert "may not be used by this user" in (store.ready() or "")
    assert_as_filled(store)


def test_a_directory_that_cannot_be_made_is_named(read_only: Path) -> None:
    with pytest.raises(StoreUnavailable, match=str(read_only / "inner")):
        open_store(f"tinydb://{read_only / 'inner'}")


def test_a_file_in_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreUnavailable, match=str(tmp_path / "data")):
        open_store(f"tinydb://{tmp_path / 'data'}")


@pytest.mark.parametrize("mount_point", [True, False])
def test_a_disk_that_is_gone_is_not_an_empty_store(store: Store, root: Path, mount_point: bool) -> None:
    root.rename(root.with_name("elsewhere"))
    if mount_point:
        root.mkdir()
    for access in (*READS.values(), *CHANGES.values()):
        with pytest.raises(StoreUnavailable, match="is the disk of the data directory mounted"):
            access(store)
    assert "mounted" in (store.ready() or "")
    assert list(root.rglob("*")) == [], "something was written where the disk should be"
    shutil.rmtree(root, ignore_errors=True)
    root.with_name("elsewhere").rename(root)
    assert_as_filled(store)


def test_what_may_be_deleted_at_any_time_may(store: Store, root: Path) -> None:
    with store.claim("e" * 64) as claim:
        assert claim is not None
        for part in ("cache", "pages", "run"):
            shutil.rmtree(root / part)
        with store.claim("f" * 64) as other:
            assert other is not None
    with store.claim("e" * 64) as claim:
        assert claim is not None and claim.deaths == 0
    assert list(root.joinpath("run", "claims").iterdir()) == []
    assert list(store.check()) == []
    assert_as_filled(store)


def test_killed_writers_leave_whole_rows_and_no_lock(root: Path) -> None:
    url, context = f"tinydb://{root}", get_context("spawn")
    store = open_store(url)
    for n in range(4):
        stamp = store.source_stamp("common")
        process = context.Process(target=contenders.put_sources, args=(n, url, SOURCE, 10**6))
        process.start()
        while store.source_stamp("common") == stamp and process.is_alive():
            pass
        time.sleep(random.random() / 50)
        assert process.is_alive()
        process.kill()
        process.join()
        common = store.get_source("common")
        assert common is not None and set(common.repairs) <= {common.label}
        store.put_source(replace(SOURCE, id=f"after-{n}"))
    assert list(store.sources(limit=10**6))


def test_leftovers_of_killed_writers_are_told_once_they_are_old(store: Store, root: Path) -> None:
    folder = root / "readings" / READING.revision[:2]
    young, old = folder / ".young.json.0.tmp", folder / ".old.json.0.tmp"
    for path in (young, old):
        path.write_bytes(b"{")
    os.utime(old, (0, 0))
    told = [line for line in store.check() if "killed" in line]
    assert told == [f"{old} was left by a writer that was killed; it can be deleted"]
    assert store.find_reading(READING.revision[:16]) == READING
