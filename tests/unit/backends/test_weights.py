"""Weights are found by their hash, and refused without it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from ml_backends.types import BackendUnavailable, Directories, WeightsFile
from ml_backends.weights import find

DATA = b"weights"
HASH = hashlib.sha256(DATA).hexdigest()
FILE = WeightsFile("net.onnx", HASH)
ONLINE = WeightsFile("net.onnx", HASH, "https://example.org/net.onnx")


class Web:
    """A transport that knows one body, or none."""

    def __init__(self, body: bytes | None = None) -> None:
        self.body = body
        self.asked: list[tuple[str, int]] = []

    def get(self, url: str, *, max_bytes: int) -> bytes:
        self.asked.append((url, max_bytes))
        if self.body is None:
            raise OSError("no route to host")
        return self.body

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        raise AssertionError("weights are never posted")


def put(folder: Path, data: bytes = DATA) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE.name).write_bytes(data)
    return folder


@pytest.mark.parametrize("places", [("beside", "offline", "kept"), ("offline", "kept"), ("kept",)])
def test_the_first_place_that_has_it(tmp_path: Path, places: tuple[str, ...]) -> None:
    folders = {"beside": tmp_path / "a", "offline": tmp_path / "b", "kept": tmp_path / "c" / "weights" / HASH}
    for place in places:
        put(folders[place])
    web = Web()
    found = find(ONLINE, tmp_path / "a", Directories(tmp_path / "b", tmp_path / "c"), web)
    assert found.parent == folders[places[0]]
    assert web.asked == []


def test_a_download_is_checked_and_kept(tmp_path: Path) -> None:
    web, directories = Web(DATA), Directories(cache=tmp_path)
    first = find(ONLINE, None, directories, web)
    assert first.read_bytes() == DATA
    assert find(ONLINE, None, directories, web) == first
    assert len(web.asked) == 1
    assert web.asked[0][1] < 2**32
    assert [path.name for path in first.parent.iterdir()] == [FILE.name]


def test_a_download_with_another_hash_is_refused_with_both(tmp_path: Path) -> None:
    other = hashlib.sha256(b"something else").hexdigest()
    with pytest.raises(BackendUnavailable, match=f"(?=.*{HASH})(?=.*{other})"):
        find(ONLINE, None, Directories(cache=tmp_path), Web(b"something else"))
    assert list(tmp_path.rglob("*.onnx")) == []


def test_a_file_with_another_hash_is_never_used(tmp_path: Path) -> None:
    wrong = put(tmp_path / "offline", b"older weights") / FILE.name
    other = hashlib.sha256(b"older weights").hexdigest()
    with pytest.raises(BackendUnavailable, match=f"(?=.*{HASH})(?=.*{wrong} has SHA-256 {other})"):
        find(FILE, None, Directories(tmp_path / "offline"), Web(DATA))


def test_a_damaged_download_is_fetched_again(tmp_path: Path) -> None:
    put(tmp_path / "weights" / HASH, b"cut of")
    assert find(ONLINE, None, Directories(cache=tmp_path), Web(DATA)).read_bytes() == DATA


def test_offline_the_error_says_which_file_to_put_where(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailable) as caught:
        find(ONLINE, tmp_path / "package", Directories(cache=tmp_path), Web())
    for part in ("net.onnx", HASH, "no route to host", "GLOSSATOR_WEIGHTS", str(tmp_path / "package")):
        assert part in str(caught.value)


def test_without_a_cache_directory_nothing_is_downloaded() -> None:
    web = Web(DATA)
    with pytest.raises(BackendUnavailable, match="no cache directory"):
        find(ONLINE, None, Directories(), web)
    assert web.asked == []
