"""Images of which a killed writer, or somebody else, left one half or something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from iiif_store.errors import StoreUnavailable
from iiif_store.stores import Store, open_store
from iiif_store.stores.contract_images import RECORD, ImagesContract
from iiif_store.stores.images import ImageRecord, drawn_image
from iiif_store.stores.samples import READING
from ml_backends.types import Drawn, Finding


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(root: Path) -> Store:
    return open_store(f"tinydb://{root}")


def put(store: Store, folder: Path, content: bytes = b"the pixels", record: ImageRecord = RECORD) -> Path:
    store.images.put(record, ImagesContract.pyramid(folder, content))
    path = store.images.path(record.id)
    assert path
    return path


def test_a_pyramid_without_a_record_is_absent_told_and_written_over(store: Store, tmp_path: Path) -> None:
    path = put(store, tmp_path, b"half")
    path.with_suffix(".json").unlink()
    assert store.images.get(RECORD.id) is None and store.images.path(RECORD.id) is None
    [told] = store.check()
    assert str(path) in told and "was killed" in told
    assert put(store, tmp_path, b"whole").read_bytes() == b"whole"
    assert list(store.check()) == []


def test_a_record_without_a_pyramid_is_told(store: Store, tmp_path: Path) -> None:
    path = put(store, tmp_path)
    path.unlink()
    assert store.images.path(RECORD.id) is None
    [told] = store.check()
    assert RECORD.id in told and "no pyramid" in told


def test_a_reading_whose_picture_is_missing_is_told(store: Store, tmp_path: Path) -> None:
    finding = Finding("painting", label="colourised", picture=Drawn(1200, 1800))
    reading = replace(READING, findings=(finding,))
    store.put_reading(reading)
    [told] = store.check()
    assert drawn_image(reading.revision, 0) in told and "missing" in told
    put(store, tmp_path, record=replace(RECORD, id=drawn_image(reading.revision, 0)))
    assert list(store.check()) == []


def test_a_death_while_an_image_is_told_anew_loses_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, tmp_path)

    def full(path: Path, data: bytes, **options: str) -> None:
        raise StoreUnavailable("no room")

    with monkeypatch.context() as patch, pytest.raises(StoreUnavailable):
        patch.setattr("iiif_store.stores.files.replace", full)
        store.images.retell(replace(RECORD, rights=None))
    path = store.images.path(RECORD.id)
    assert path and path.read_bytes() == b"the pixels"
    assert store.images.get(RECORD.id) == RECORD


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"id": "x"}'])
def test_a_damaged_record_is_named(store: Store, tmp_path: Path, data: bytes) -> None:
    record = put(store, tmp_path).with_suffix(".json")
    record.write_bytes(data)
    with pytest.raises(StoreUnavailable, match="is damaged"):
        store.images.get(RECORD.id)
    [told] = store.check()
    assert str(record) in told


def test_a_record_under_another_name_is_damaged(store: Store, tmp_path: Path) -> None:
    path = put(store, tmp_path)
    for half in (path, path.with_suffix(".json")):
        half.rename(half.with_name(f"{'a' * 64}-1{half.suffix}"))
    with pytest.raises(StoreUnavailable, match="about another image"):
        store.images.get("a" * 64 + "-1")


def test_a_pyramid_comes_from_another_disk(
    store: Store, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs /dev/shm on a file system of its own")
    file = memory / f"{tmp_path_factory.getbasetemp().name}-{tmp_path.name}.tif"
    file.write_bytes(b"from elsewhere")
    store.images.put(RECORD, file)
    path = store.images.path(RECORD.id)
    assert path and path.read_bytes() == b"from elsewhere"
    assert not file.exists()


def test_a_file_that_is_not_there_is_told_and_leaves_nothing(store: Store, root: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="is missing"):
        store.images.put(RECORD, tmp_path / "new.tif")  # nothing there to be moved
    assert not [path for path in (root / "blobs").rglob("*") if path.is_file() and path.name != ".lock"]
