"""Files that something else has written into: told by name, and never taken for something they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from iiif_store.errors import StoreUnavailable
from iiif_store.stores import Store, open_store
from iiif_store.stores.samples import DOCUMENT, FAILURE, JOB, READING, SOURCE, TOKEN, nth_reading

NO_TABLES = [b"", b"{", b"\xff\x00", b"[]", b'{"source": []}', b'{"source": {"1": 5}}', b'{"source": {"x": {}}}']
NO_ROW = [b"{}", b'{"source": {}}', b'{"source": {"1": {"id": "abcdefghijkl"}}}']


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(root: Path) -> Store:
    store = open_store(f"tinydb://{root}")
    store.put_source(SOURCE)
    store.put_snapshot(DOCUMENT)
    store.put_reading(READING)
    store.put_failure(FAILURE)
    store.put_job(JOB)
    store.put_token(TOKEN)
    assert list(store.check()) == []
    return store


def file_of(root: Path, name: str) -> Path:
    [path] = root.rglob(f"{name}.json")
    return path


@pytest.mark.parametrize("data", NO_TABLES + NO_ROW)
def test_a_damaged_source_is_named_by_every_read(store: Store, root: Path, data: bytes) -> None:
    path = file_of(root, SOURCE.id)
    path.write_bytes(data)
    for read in (lambda: store.get_source(SOURCE.id), store.sources):
        with pytest.raises(StoreUnavailable, match="is damaged") as error:
            read()
        assert str(path) in str(error.value)
    [told] = store.check()
    assert told == str(error.value)


@pytest.mark.parametrize("data", NO_TABLES)
def test_what_cannot_be_read_is_not_written_over(store: Store, root: Path, data: bytes) -> None:
    path = file_of(root, SOURCE.id)
    path.write_bytes(data)
    with pytest.raises(StoreUnavailable, match="is damaged"):
        store.put_source(SOURCE)
    assert path.read_bytes() == data


@pytest.mark.parametrize("name", [JOB.id, TOKEN.id, FAILURE.revision])
def test_other_damaged_records_are_named(store: Store, root: Path, name: str) -> None:
    path = file_of(root, name)
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(StoreUnavailable, match="is damaged") as error:
        store.jobs(), store.tokens(), store.failures()
    assert str(path) in str(error.value)
    assert list(store.check()) == [str(error.value)]


def damaged_readings() -> list[bytes]:
    """A reading cut off in many places, one under another's name, and JSON that is no reading."""
    from iiif_store.stores.codec import to_json

    whole = to_json(READING)
    cut = [whole[:length] for length in range(0, len(whole), 37)]
    return [*cut, to_json(nth_reading(1)), whole.replace(b"1.2", b"1.3"), b"[]", b"{}", b"null", b'"text"', b"\xff"]


@pytest.mark.parametrize("data", damaged_readings())
def test_a_damaged_reading_is_absent_told_and_can_be_made_again(store: Store, root: Path, data: bytes) -> None:
    path = file_of(root, READING.revision)
    path.write_bytes(data)
    assert store.get_reading(READING.revision) is None
    assert not store.has_reading(READING.revision)
    assert store.find_reading(READING.revision[:16]) is None
    aside = root / "readings" / "damaged" / path.name
    assert aside.read_bytes() == data
    [told] = store.check()
    assert str(aside) in told
    store.put_reading(READING)
    assert store.get_reading(READING.revision) == READING


def test_check_finds_a_damaged_reading_that_nobody_asked_for(store: Store, root: Path) -> None:
    for n in range(1, 20):
        store.put_reading(nth_reading(n))
    path = file_of(root, nth_reading(7).revision)
    path.write_bytes(b"{")
    [told] = store.check()
    assert path.name in told
    assert not store.has_reading(nth_reading(7).revision)
    assert store.has_reading(nth_reading(8).revision)


def test_check_finds_snapshots_that_changed_or_are_missing(store: Store, root: Path) -> None:
    path = file_of(root, SOURCE.snapshot)
    path.write_bytes(b"{ }")
    [told] = store.check()
    assert str(path) in told
    path.unlink()
    [told] = store.check()
    assert SOURCE.url in told and "missing" in told


def test_a_damaged_generation_is_named(store: Store, root: Path) -> None:
    store.raise_generation("picture")
    [path] = (root / "readings" / "generations").rglob("*.json")
    path.write_bytes(b"many")
    for access in (store.generation, store.raise_generation):
        with pytest.raises(StoreUnavailable, match=str(path)):
            access("picture")


def test_damaged_members_are_absent_until_they_are_put_again(store: Store, root: Path) -> None:
    store.put_members("collection", {"member": "https://example.org/"})
    for data in (b"", b"{", b"[]", b"5", b"{}"):
        file_of(root, "collection").write_bytes(data)
        assert store.find_member("member") is None
        store.put_members("collection", {"member": "https://example.org/"})
        assert store.find_member("member") == ("collection", "https://example.org/")
