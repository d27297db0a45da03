"""Files that are there whole or not at all: what every part of the embedded store is written with.

A file is written under a temporary name, synced, and moved to its own. A reader therefore needs no lock, and a
writer that is killed leaves nothing behind but a temporary file, which nobody reads.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from iiif_store.errors import StoreUnavailable

Sync = Literal["none", "file", "directory"]
"""What must have reached the disk before a write returns: nothing, the contents, or the new name as well."""

LOCK_TIMEOUT = 30.0
"""Seconds until a lock that is not given up is reported; a transaction takes about a millisecond."""

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.@-]{0,127}")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)


def is_name(name: str) -> bool:
    """Whether `name` can be the name of a file of ours; no path, nothing hidden."""
    return _NAME.fullmatch(name) is not None


def named(folder: Path, name: str, suffix: str) -> Path:
    """The file of that name; raises ValueError for a name that is not `is_name`."""
    if not is_name(name):
        raise ValueError(f"{name!r} cannot name a file in {folder}: letters, digits and _ . @ - only, at most 128")
    return folder / f"{name}{suffix}"


def names(folder: Path, suffix: str) -> list[str]:
    """The names in `folder` with that suffix, in order."""
    with explained(folder):
        found = [entry.name for entry in os.scandir(folder) if entry.name.endswith(suffix)]
    return sorted(name.removesuffix(suffix) for name in found if not name.startswith("."))


def read(path: Path, folder: Path) -> bytes | None:
    """The contents; None if `folder` is there and has no such file."""
    with explained(path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            folder.stat()  # a disk that was unmounted is no proof that nothing is stored
            return None


def status(path: Path, folder: Path) -> os.stat_result | None:
    """What stat says of the file; None if `folder` is there and has no such file."""
    with explained(path):
        try:
            return path.stat()
        except FileNotFoundError:
            folder.stat()
            return None


def replace(path: Path, data: bytes, *, sync: Sync = "file") -> None:
    """Write the file, in place of an earlier one; its mtime is later than that one's, whatever the clock says."""
    earlier = status(path, path.parent.parent)
    with explained(path), _written(path, data, sync) as temporary:
        if earlier and temporary.stat().st_mtime_ns <= earlier.st_mtime_ns:
            os.utime(temporary, ns=(earlier.st_mtime_ns + 1,) * 2)
        temporary.replace(path)
        if sync == "directory":
            _sync_directory(path.parent)


def keep(path: Path, data: bytes, *, sync: Sync = "file") -> None:
    """Write the file unless there is one of that name: of several writers at once, one wins and stays."""
    with explained(path):
        if path.exists():
            return
        with _written(path, data, sync) as temporary:
            _link(temporary, path)
        if sync == "directory":
            _sync_directory(path.parent)


def remove(path: Path, folder: Path) -> bool:
    """False if `folder` is there and has no such file."""
    with explained(path):
        try:
            path.unlink()
        except FileNotFoundError:
            folder.stat()
            return False
        return True


def remove_folder(folder: Path) -> None:
    """Remove a folder in which nothing is left but what killed writers left behind; nobody may be writing in it now.
    One that holds something else, as a desktop or NFS puts it there, stays."""
    with explained(folder):
        for temporary in folder.glob(".*.tmp"):
            temporary.unlink()
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, against threads and processes; the file stays where it is."""
    lock = FileLock(path, timeout=LOCK_TIMEOUT, poll_interval=0.005)
    with explained(path):
        path.parent.stat()  # FileLock would make the folder, on whatever disk is there now
        try:
            lock.acquire()
        except Timeout as error:
            reason = f"{path} has been locked by another process for {LOCK_TIMEOUT:.0f} seconds; see what it is doing"
            raise StoreUnavailable(reason) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """An OSError inside leaves as StoreUnavailable, which names the file and says what to do."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"{path}: {_advice(error)}") from error


def _advice(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return f"cannot be written ({reason}); free some space on this disk"
    if error.errno in _FORBIDDEN:
        return f"may not be used by this user ({reason}); change the owner, or choose another data directory"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"is missing ({reason}); is the disk of the data directory mounted?"
    return f"cannot be used ({reason})"


@contextmanager
def _written(path: Path, data: bytes, sync: Sync) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        _make_folder_of(path, sync)
        with temporary.open("xb") as file:
            file.write(data)
            if sync != "none":
                file.flush()
                os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _make_folder_of(path: Path, sync: Sync) -> None:
    """Make the one folder that a first file needs; never the ones above, which a missing disk takes along."""
    if path.parent.is_dir():
        return
    path.parent.mkdir(exist_ok=True)
    if sync == "directory":
        _sync_directory(path.parent.parent)


def _link(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)  # unlike a rename, it never takes the place of another file
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        temporary.replace(path)


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
