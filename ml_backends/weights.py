"""Finds weights by their pinned hash: shipped, in the operator's directory, kept from before, or fetched once."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ml_backends.types import BackendUnavailable, Directories, Transport, WeightsFile

MAX_BYTES = 2 * 2**30
"""Of a download; the largest YOLO checkpoints have a quarter of a gigabyte."""


def find(file: WeightsFile, beside: Path | None, directories: Directories, transport: Transport) -> Path:
    """Path of a file with just the hash that `file` pins.

    Looked for in `beside` (the folder of the code or of the model card), the operator's directory and the cache, in
    this order; then downloaded into the cache. A file of that name with another hash is never used. Raises
    BackendUnavailable that says which file to put where.
    """
    refused: list[str] = []
    for path in _places(file, beside, directories):
        found = sha256(path)
        if found == file.sha256:
            return path
        refused.append(f"{path} has SHA-256 {found}")
    if file.url is None:
        raise BackendUnavailable(_advice(file, beside, refused))
    try:
        return _download(file, file.url, directories, transport)
    except OSError as error:
        raise BackendUnavailable(_advice(file, beside, [*refused, f"{file.url} was not fetched: {error}"])) from error


def sha256(path: Path) -> str:
    """The hash of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(data: bytes, target: Path) -> Path:
    """Writes `target` so that no other process ever sees a part of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(part, target)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return target


class Offline:
    """The transport for weights that must be at hand already."""

    def get(self, url: str, *, max_bytes: int) -> bytes:
        """Raises OSError."""
        raise OSError(f"{url}: not fetched, the network is not to be used here")

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        """Raises OSError."""
        raise OSError(f"{url}: not asked, the network is not to be used here")


def _places(file: WeightsFile, beside: Path | None, directories: Directories) -> Iterator[Path]:
    kept = directories.cache and directories.cache / "weights" / file.sha256
    for folder in (beside, directories.weights, kept):
        if folder is not None and (path := folder / file.name).is_file():
            yield path


def _download(file: WeightsFile, url: str, directories: Directories, transport: Transport) -> Path:
    if directories.cache is None:
        raise OSError("there is no cache directory to keep it in")
    data = transport.get(url, max_bytes=MAX_BYTES)
    found = hashlib.sha256(data).hexdigest()
    if found != file.sha256:
        raise OSError(f"it has SHA-256 {found}")
    return write_whole(data, directories.cache / "weights" / file.sha256 / file.name)


def _advice(file: WeightsFile, beside: Path | None, refused: list[str]) -> str:
    folder = "the directory that GLOSSATOR_WEIGHTS names" + (f", or into {beside}" if beside else "")
    found = "".join(f" Not used: {reason}." for reason in refused)
    return f"The weights {file.name} with SHA-256 {file.sha256} are missing.{found} Put that file into {folder}."
