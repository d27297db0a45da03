"""The formats of import, by name, and how a file is recognised."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
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


def read(files: Sequence[File], name: str = "auto", *, limit: int = 2**30) -> tuple[str, Sheets]:
    """The format of the files and their sheets; zip files are opened, to `limit` bytes each. Raises Unreadable."""
    opened = [inner for file in files for inner in _opened(file, limit)]
    if not opened:
        raise Unreadable("There is no file to read.")
    found = name if name != "auto" else format_of(opened)
    if found not in FORMATS:
        raise Unreadable(f"There is no format {found!r} to import. There are {', '.join(FORMATS)}, and auto.")
    if found != "yolo":  # an archive's table, context or metadata are no findings
        opened = [file for file in opened if _looks_like(file) == found] or opened
    reader = cast(Callable[[Sequence[File]], Sheets], import_module(f"{__package__}.{FORMATS[found]}").read)
    return found, reader(opened)


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


def _opened(file: File, limit: int) -> list[File]:
    """The file itself, or of a zip what is in it; raises Unreadable for one that is damaged or grows too large."""
    if not file.body.startswith(b"PK\x03\x04"):
        return [file]
    try:
        with zipfile.ZipFile(io.BytesIO(file.body)) as archive:
            wanted = [info for info in archive.infolist() if info.filename.lower().endswith(_READ)]
            if sum(info.file_size for info in wanted) > limit:
                raise Unreadable(f"{file.name} unpacks to more than {limit:,} bytes.")
            return [File(info.filename, archive.read(info)) for info in wanted if info.file_size <= limit]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise Unreadable(f"{file.name} is a zip that cannot be read: {error}") from error
