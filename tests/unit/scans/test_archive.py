"""Zips from anybody: what is in them is listed and read, and nothing else happens."""

from __future__ import annotations

import random
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.scans import archive
from server.scans.selection import NotScans, Selection

LIMITS = {"most": 50, "most_bytes": 10**6}

Zip = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Zip:
    def made(*members: tuple[str | zipfile.ZipInfo, bytes], **options: int) -> Path:
        with zipfile.ZipFile(tmp_path / "x.zip", "w", **options) as file:  # type: ignore[arg-type]
            for name, content in members:
                file.writestr(name, content)
        return tmp_path / "x.zip"

    return made


def listed(path: Path, **limits: int) -> Selection:
    scratch = path.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    return archive.listed(path, label="my scans.zip", scratch=scratch, **{**LIMITS, **limits})


def names(found: Selection) -> list[str]:
    return [item.name for item in found.items]


def content(found: Selection, number: int = 0) -> bytes:
    with found.items[number].open() as path:
        return path.read_bytes()


def test_files_are_listed_in_order_without_litter_and_read_one_by_one(make: Zip) -> None:
    path = make(("10.jpg", b"ten"), ("2.jpg", b"two"), ("__MACOSX/._2.jpg", b""), ("Thumbs.db", b""), (".x", b""))
    found = listed(path)
    assert (found.label, names(found), found.left_out) == ("my scans", ["2.jpg", "10.jpg"], ())
    assert (content(found), content(found, 1)) == (b"two", b"ten")
    assert list((path.parent / "scratch").iterdir()) == []


def test_folders_around_everything_are_its_label(make: Zip) -> None:
    found = listed(make(("home/Postcards/1.jpg", b""), ("home/Postcards/Paris/2.jpg", b""), ("__MACOSX/x", b"")))
    assert (found.label, names(found)) == ("Postcards", ["1.jpg", "Paris/2.jpg"])


@pytest.mark.parametrize(
    "name", ["../1.jpg", "/etc/1.jpg", "a/../../1.jpg", "C:/1.jpg", "c:\\1.jpg", "..\\1.jpg", "a//1.jpg"]
)
def test_a_path_that_leads_out_is_left_out_and_written_nowhere(make: Zip, name: str, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*")) | {tmp_path / "x.zip", tmp_path / "scratch"}
    found = listed(make((name, b"evil"), ("good.jpg", b"good")))
    assert names(found) == ["good.jpg"]
    (left,) = found.left_out
    assert "out of the archive" in left.reason
    assert content(found) == b"good"
    assert set(tmp_path.rglob("*")) == before


def test_a_link_is_not_followed(make: Zip) -> None:
    link = zipfile.ZipInfo("link.jpg")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    found = listed(make((link, b"/etc/passwd"), ("a.jpg", b"a")))
    assert names(found) == ["a.jpg"]
    assert "link" in found.left_out[0].reason


def test_an_encrypted_zip_says_so(make: Zip) -> None:
    path = make(("1.jpg", b"secret"))
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # the flags in the local and the central header
        data[data.index(mark) + place] |= 1
    path.write_bytes(data)
    with pytest.raises(NotScans, match="encrypted"):
        listed(path)


def test_a_bomb_is_not_unpacked(make: Zip) -> None:
    path = make(("zeros.jpg", b"\0" * 300_000_000), compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 400_000
    with pytest.raises(NotScans, match=r"to \d+ times its size"):
        listed(path, most_bytes=10**12)
    with pytest.raises(NotScans, match="300,000,000 bytes; 1,000,000 are the most"):
        listed(path)


def test_a_size_that_lies_yields_no_more_than_it_says(make: Zip) -> None:
    path = make(("zeros.jpg", b"\0" * 500_000), compression=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", data, data.index(mark) + place, 10)
    path.write_bytes(data)
    found = listed(path)
    with pytest.raises(ValueError, match="cannot be unpacked"), found.items[0].open():
        pass
    assert list((path.parent / "scratch").iterdir()) == []


def test_too_many_files(make: Zip) -> None:
    with pytest.raises(NotScans, match="more than 2 files"):
        listed(make(*((f"{n}.jpg", b"") for n in range(4))), most=2)
    with pytest.raises(NotScans, match="holds 5 files; 2 are the most"):
        listed(make(*((f"{n}.jpg", b"") for n in range(5))), most=2)


def test_packing_that_can_burst_in_memory_is_left_out(make: Zip) -> None:
    found = listed(make(("1.jpg", b"x" * 1000), compression=zipfile.ZIP_LZMA))
    assert names(found) == [] and "method 14" in found.left_out[0].reason


def test_names_of_older_programs_are_read_as_utf_8_where_they_are(make: Zip) -> None:
    path = make(("été.jpg", b"x"))
    data = path.read_bytes()
    flags = struct.pack("<H", 0x800)
    path.write_bytes(data.replace(flags, b"\0\0"))
    assert names(listed(path)) == ["été.jpg"]


def test_two_files_of_one_name_and_folders_too_deep(make: Zip) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = make(("1.jpg", b"a"), ("1.jpg", b"b"), ("/".join("x" * 20) + "/1.jpg", b""))
    found = listed(path)
    assert names(found) == ["1.jpg"]
    assert [left.reason for left in found.left_out] == [
        "has the name of another file",
        "lies more than 16 folders deep",
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_damage_is_told_and_never_more_is_read_than_announced(tmp_path: Path, seed: int, hits: int) -> None:
    path, chance = tmp_path / "damaged.zip", random.Random(seed)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/1.jpg", b"one" * 200)
        file.writestr("a/2.jpg", b"two" * 200)
    data = bytearray(path.read_bytes())
    for _ in range(hits):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data)
    try:
        found = listed(path)
    except NotScans:
        return
    for item in found.items:
        try:
            with item.open() as file_:
                assert file_.stat().st_size <= LIMITS["most_bytes"]
        except ValueError as error:
            assert "cannot be unpacked" in str(error)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_what_is_no_zip_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\3\4 and no more")
    assert archive.is_zip(tmp_path / "x.zip")
    with pytest.raises(NotScans, match="no zip that can be read"):
        listed(tmp_path / "x.zip")
