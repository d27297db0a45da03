"""The formats of import, by name, and how a file is recognised."""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import cast

from .sheets import File, Sheets, Unreadable
from .via import COLUMNS

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
_START = 4096
UNPACKED, LARGEST = 2**28, 2**26
"""Bytes that all zips of an import may hold together; that one file in them may have, as JSON takes many times that."""

Reader = Callable[[Sequence[File]], Sheets]

_BAD_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError)
_BROKEN = (ValueError, TypeError, LookupError, RuntimeError, *_BAD_ZIP)
"""What readers and libraries raise at a file that is not what it says it is; too deep a one is a RuntimeError."""


def read(files: Sequence[File], name: str = "auto", *, limit: int = UNPACKED) -> tuple[str, Sheets]:
    """The format of the files and their sheets; zip files are opened, to `limit` bytes in all. Raises Unreadable, as
    does walking through the sheets."""
    opened = list(_opened(files, limit))
    if not opened:
        raise Unreadable("There is no file to read.")
    found = name if name != "auto" else format_of(opened)
    if found not in FORMATS:
        raise Unreadable(f"There is no format {found!r} to import. There are {', '.join(FORMATS)}, and auto.")
    if found != "yolo":  # an archive's table, context or metadata are no findings
        opened = [file for file in opened if _looks_like(file) == found] or opened
    reader = cast(Reader, import_module(f"{__package__}.{FORMATS[found]}").read)
    return found, _sheets(reader, [opened] if found == "yolo" else [[file] for file in opened])


def format_of(files: Sequence[File]) -> str:
    """The format of the first file that has one; raises Unreadable."""
    for file in files:
        if found := _looks_like(file):
            return found
    names = ", ".join(file.name for file in files[:3])
    raise Unreadable(f"What {names} is cannot be told. Name the format: {', '.join(FORMATS)}.")


def _looks_like(file: File) -> str | None:
    start = file.body[:_START].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return _json(file)
    if b"ocr_page" in file.body and start[:1] == b"<":
        return "hocr"
    if start[:1] == b"<":
        return "page" if b"PcGts" in start else "alto" if re.search(rb"<(?:\w+:)?alto\b", start) else None
    if file.name.lower().endswith((".yaml", ".yml")):
        return "yolo"
    first = start.partition(b"\n")[0].decode("utf-8", "replace").strip().lstrip("#")
    return "via" if set(first.replace('"', "").split(",")) >= COLUMNS else None


def _json(file: File) -> str | None:
    if b'"images"' in file.body and (b'"categories"' in file.body or b'"bbox"' in file.body):
        return "coco"
    return "w3c" if re.search(rb'"Annotation(?:Page|Collection)?"', file.body) else None


def _sheets(reader: Reader, groups: Sequence[Sequence[File]]) -> Sheets:
    """Of files that are read together, one group after the other."""
    for files in groups:
        with _explained(", ".join(file.name for file in files[:3])):
            yield from reader(files)


def _opened(files: Sequence[File], limit: int) -> Iterator[File]:
    """The files, and of each zip what is in it."""
    left = limit
    for file in files:
        if not file.body.startswith(b"PK\x03\x04"):
            yield file
            continue
        with _explained(file.name), zipfile.ZipFile(io.BytesIO(file.body)) as archive:
            wanted = [info for info in archive.infolist() if info.filename.lower().endswith(_READ)]
            left -= sum(info.file_size for info in wanted)
            if left < 0:
                raise Unreadable(f"With {file.name} more than {limit:,} bytes are unpacked. Bring the files in parts.")
            yield from [_unpacked(archive, info) for info in wanted]


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
