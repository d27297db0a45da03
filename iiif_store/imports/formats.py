"""The formats of import, by name, and which of some files are read in which."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from itertools import chain
from typing import cast

from . import yolo
from .kinds import is_beside, kind_of
from .sheets import File, Sheet, Sheets, Unreadable

FORMATS: Mapping[str, str] = {
    "w3c": "web_annotation",
    "coco": "coco",
    "yolo": "yolo",
    "page": "page_xml",
    "alto": "alto",
    "hocr": "hocr",
    "via": "via",
}
_READ = (".json", ".jsonld", ".jsonl", ".xml", ".html", ".htm", ".hocr", ".csv", ".txt", ".yaml", ".yml")
"""Of an archive, the files that are looked at: pictures are passed over."""
UNPACKED, LARGEST = 2**28, 2**26
"""Bytes that all zips of an import may hold together; that one file in them may have, as JSON takes many times that."""

Reader = Callable[[Sequence[File]], Sheets]

_BAD_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError)
_BROKEN = (ValueError, TypeError, LookupError, RuntimeError, *_BAD_ZIP)
"""What readers and libraries raise at a file that is not what it says it is; too deep a one is a RuntimeError."""


def read(files: Sequence[File], name: str = "auto", *, limit: int = UNPACKED) -> tuple[str, Sheets]:
    """The format of the files, of several formats the first, and the sheets of all; zip files are opened, to `limit`
    bytes in all. Findings of a further format get a layer of its name. Raises Unreadable, as does walking through the
    sheets."""
    groups = _groups(list(_opened(files, limit)), name)
    found = next(iter(groups))
    return found, chain.from_iterable(
        _sheets(kind, group) if kind == found else map(partial(_layered, kind), _sheets(kind, group))
        for kind, group in groups.items()
    )


def unread(files: Sequence[File], name: str = "auto", *, limit: int = UNPACKED) -> list[str]:
    """A line for each file that `read` passes over, but for what our exports write beside. Raises Unreadable."""
    opened = list(_opened(files, limit))
    taken = {id(file) for group in _groups(opened, name).values() for file in group}
    return [_why(file, name) for file in opened if id(file) not in taken and not is_beside(file.name)]


def _groups(files: list[File], name: str) -> dict[str, list[File]]:
    """The files that are read, by format. Raises Unreadable."""
    if not files:
        raise Unreadable("There is no file to read.")
    if name not in (*FORMATS, "auto"):
        raise Unreadable(f"There is no format {name!r} to import. There are {', '.join(FORMATS)}, and auto.")
    found: defaultdict[str | None, list[File]] = defaultdict(list)
    for file in files:
        found[kind_of(file)].append(file)
    if name == "yolo" or "yolo" in found:  # its labels are plain text, without a sign of their own
        found["yolo"] = yolo.parts([*found["yolo"], *found[None]])
    groups = {kind: group for kind, group in found.items() if kind and group and name in (kind, "auto")}
    if not groups and name == "auto":
        names = ", ".join(file.name for file in files[:3])
        raise Unreadable(f"What {names} is cannot be told. Name the format: {', '.join(FORMATS)}.")
    return groups or {name: files}


def _why(file: File, name: str) -> str:
    if not file.body.strip():
        return f"{file.name} is empty. Bring the whole file, or leave it out."
    if kind := kind_of(file):
        return f"{file.name} is {kind}, and only {name} was asked for. Import it by itself."
    return f"What {file.name} is cannot be told. Leave it out, or import it by itself and name its format."


def _layered(kind: str, sheet: Sheet) -> Sheet:
    return replace(sheet, items=tuple(replace(item, layer=item.layer or kind) for item in sheet.items))


def _sheets(kind: str, files: Sequence[File]) -> Sheets:
    """Of the files of one format, each read by itself but those of a data set."""
    reader = cast(Reader, import_module(f"{__package__}.{FORMATS[kind]}").read)
    for group in [files] if kind == "yolo" else [[file] for file in files]:
        with _explained(", ".join(file.name for file in group[:3])):
            yield from reader(group)


def _opened(files: Sequence[File], limit: int) -> Iterator[File]:
    """The files, and of each zip what is in it."""
    left = limit
    for file in files:
        if not file.body.startswith(b"PK\x03\x04"):
            yield file
            continue
        with _explained(file.name), zipfile.ZipFile(io.BytesIO(file.body)) as archive:
            wanted = [info for info in archive.infolist() if _is_wanted(info.filename)]
            left -= sum(info.file_size for info in wanted)
            if left < 0:
                raise Unreadable(f"With {file.name} more than {limit:,} bytes are unpacked. Bring the files in parts.")
            yield from [_unpacked(archive, info) for info in wanted]


def _is_wanted(name: str) -> bool:
    return name.lower().endswith(_READ) and not name.startswith("__MACOSX/")  # what a Mac knows of each file


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> File:
    if info.file_size > LARGEST:
        raise Unreadable(f"{info.filename} in a zip unpacks to more than {LARGEST:,} bytes.")
    with archive.open(info) as inner:
        return File(info.filename, inner.read(info.file_size))  # no more than it says, whatever there is


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Raises Unreadable, with the name, for whatever comes of a file that is broken."""
    try:
        yield
    except Unreadable:
        raise
    except _BROKEN as error:
        raise Unreadable(f"{name} cannot be read: {type(error).__name__}: {str(error)[:200]}") from error
