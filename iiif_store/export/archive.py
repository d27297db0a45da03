"""Many files in one stream: a zip that is written as it is sent, or the same files in a directory."""

from __future__ import annotations

import io
import os
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AHEAD = 4
"""Files that are prepared while one is sent; a publisher is asked no faster than its fetcher allows."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same content makes the same zip."""

Content = bytes | Iterator[bytes]


class Skipped(Exception):
    """A file that cannot be made. The text says why; it is listed in the archive's missing.txt."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to be written. `content` may fetch, is called once, and raises Skipped."""

    name: str
    content: Callable[[], Content]
    picture: bool = False
    """Fetched and not compressible: kept where a directory has it already, stored as it is in a zip."""
    is_there: Callable[[Path], bool] = Path.exists
    """Of a picture, whether the file at this path is the one that is meant."""


Entries = Iterable[Entry]


def text(name: str, content: str) -> Entry:
    """A small file that is there already."""
    return Entry(name, content.encode)


def zipped(entries: Entries) -> Iterator[bytes]:
    """The zip, in pieces. Nothing but its directory stays in memory: less than a kilobyte for each file."""
    sink, missing = _Sink(), list[str]()
    with zipfile.ZipFile(sink, "w") as archive:
        for entry, body in _made(entries, lambda entry: False):
            if isinstance(body, Skipped):
                missing.append(f"{entry.name}: {body}\n")
                continue
            for _ in _written(archive, entry, body):
                yield sink.taken()
        if missing:
            list(_written(archive, text("missing.txt", ""), "".join(missing).encode()))
    yield sink.taken()


def unpacked(entries: Entries, folder: Path, told: Callable[[str], None] = lambda name: None) -> list[str]:
    """Write the files below `folder`. Pictures that are there already are not fetched again, so that the same call
    goes on where it was stopped. One line for each file that cannot be made."""
    missing = []
    for entry, body in _made(entries, lambda entry: entry.picture and entry.is_there(folder / entry.name)):
        if isinstance(body, Skipped):
            missing.append(f"{entry.name}: {body}")
        else:
            put(folder / entry.name, body)
        told(entry.name)
    return missing


def put(path: Path, body: Content) -> None:
    """Whole or not at all. Raises OSError, and what making the body raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(_pieces(body))
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _made(entries: Entries, there: Callable[[Entry], bool]) -> Iterator[tuple[Entry, Content | Skipped]]:
    """Each entry with its content, in order, without those that are `there`. Pictures are prepared some ahead."""
    waiting: deque[tuple[Entry, Future[Content | Skipped]]] = deque()
    pool = ThreadPoolExecutor(AHEAD, thread_name_prefix="export")
    try:
        for entry in entries:
            if there(entry):
                continue
            waiting.append((entry, _begun(pool, entry)))
            while len(waiting) > AHEAD:
                first, made = waiting.popleft()
                yield first, made.result()
        for first, made in waiting:
            yield first, made.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _begun(pool: ThreadPoolExecutor, entry: Entry) -> Future[Content | Skipped]:
    if entry.picture:
        return pool.submit(_content, entry)
    done: Future[Content | Skipped] = Future()
    done.set_result(_content(entry))
    return done


def _content(entry: Entry) -> Content | Skipped:
    try:
        return entry.content()
    except Skipped as reason:
        return reason


def _written(archive: zipfile.ZipFile, entry: Entry, body: Content) -> Iterator[None]:
    """Write a file, and pause whenever something can be sent."""
    about = zipfile.ZipInfo(entry.name, _EPOCH)
    about.compress_type = zipfile.ZIP_STORED if entry.picture else zipfile.ZIP_DEFLATED
    about.external_attr = 0o644 << 16
    with archive.open(about, "w", force_zip64=not isinstance(body, bytes)) as file:
        for piece in _pieces(body):
            file.write(piece)
            yield
    yield


def _pieces(body: Content) -> Iterable[bytes]:
    return (body,) if isinstance(body, bytes) else body


class _Sink(io.RawIOBase):
    """What a ZipFile writes to: not seekable, and emptied whenever something is sent."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Everything since the last call."""
        body = b"".join(self._parts)
        self._parts.clear()
        return body
