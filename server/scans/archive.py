"""A zip of scans, which may come from anybody: nothing is written under a name that it gives, and nothing is unpacked
beyond what it may hold."""

from __future__ import annotations

import re
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from server.scans.names import clean, is_litter, stem
from server.scans.selection import Item, LeftOut, NotScans, Selection, select

RATIO, HARMLESS = 200, 2**28
"""Scans shrink to a half, blank uncompressed ones to a hundredth. What unpacks to more than the second number of bytes
and to more than so many times its size is taken for a bomb."""

MAGIC = (b"PK\3\4", b"PK\5\6")
_UTF8, _ENCRYPTED = 0x800, 0x1
_BROKEN = (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, OverflowError)
"""What zipfile lets through when an archive is damaged."""


def is_zip(path: Path) -> bool:
    """By its first bytes."""
    with path.open("rb") as file:
        return file.read(4) in MAGIC


def listed(path: Path, *, label: str, most: int, most_bytes: int, scratch: Path) -> Selection:
    """The files in a zip. Folders that hold everything else are taken off, and the innermost of them is its label.
    `scratch`: where a file is put while it is looked at.

    Raises NotScans for what is no zip, is encrypted, holds more than `most` files or unpacks to more than `most_bytes`,
    or that much more than it takes up.
    """
    try:
        with ZipFile(path) as archive:
            found = [info for info in archive.infolist() if not info.is_dir()]
    except _BROKEN as error:
        raise NotScans(f"{label} is no zip that can be read: {error}") from error
    _check(label, found, path.stat().st_size, most, most_bytes)
    usable, left_out = _usable(found)
    names, top = _without_top(usable)
    items = (Item(name, partial(_unpacked, path, info, scratch)) for name, info in names)
    return select(top or stem(label), items, left_out, most=most)


def _check(label: str, found: list[ZipInfo], packed: int, most: int, most_bytes: int) -> None:
    """What an archive says of itself is the most that is ever read of it."""
    if any(info.flag_bits & _ENCRYPTED for info in found):
        raise NotScans(f"{label} is encrypted. Unpack it, and add the folder, or a zip without a password.")
    if len(found) > 2 * most:
        raise NotScans(f"{label} holds {len(found)} files; {most} are the most. Add it in parts.")
    size = sum(info.file_size for info in found)
    if size > most_bytes:
        raise NotScans(f"{label} unpacks to {size:,} bytes; {most_bytes:,} are the most (GLOSSATOR_MAX_UPLOAD).")
    if size > HARMLESS and size > RATIO * packed:
        raise NotScans(f"{label} would unpack to {size // packed} times its size, as no scans do; it is not unpacked.")


def _usable(found: list[ZipInfo]) -> tuple[list[tuple[str, ZipInfo]], list[LeftOut]]:
    usable, left_out = [], []
    for info in found:
        name = clean(_name(info))
        if reason := _fault(name, info):
            left_out.append(LeftOut(name, reason))
        elif not is_litter(name):
            usable.append((name, info))
    return usable, left_out


def _fault(name: str, info: ZipInfo) -> str | None:
    if re.match(r"[A-Za-z]:", name) or {"", ".", ".."} & set(name.split("/")):
        return "has a path that leads out of the archive"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link, which a zip cannot bring along"
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return f"is packed with method {info.compress_type}, which few programs know; pack it again as a usual zip"
    return None


def _name(info: ZipInfo) -> str:
    """Python takes a name without a mark for one of 1981; today it is UTF-8 wherever it can be."""
    name = info.orig_filename.replace("\\", "/")
    if info.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name


def _without_top(found: list[tuple[str, ZipInfo]]) -> tuple[list[tuple[str, ZipInfo]], str]:
    """Without the folders that all have in common."""
    top = ""
    while found and all("/" in name for name, _ in found) and len({name.split("/")[0] for name, _ in found}) == 1:
        top = found[0][0].split("/")[0]
        found = [(name.split("/", 1)[1], info) for name, info in found]
    return found, top


@contextmanager
def _unpacked(path: Path, info: ZipInfo, scratch: Path) -> Iterator[Path]:
    """One file of the archive under a name of ours, as long as the block lasts."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        target = Path(folder, "scan")
        try:
            with ZipFile(path) as archive, archive.open(info) as packed, target.open("wb") as file:
                shutil.copyfileobj(packed, file, 2**20)
        except _BROKEN as error:
            raise ValueError(f"cannot be unpacked: {error}") from error
        yield target
