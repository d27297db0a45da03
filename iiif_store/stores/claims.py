"""Claims: who makes which reading now, kept by the operating system's file locks.

A claim is a lock on a file. The process that dies loses the lock but leaves the file, with one byte for each
holder that did not come back; a holder that ends well, with or without an exception, removes it. A child that is
forked (not spawned) while a claim is held holds it too, until it ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import lock_descriptor

from iiif_store.stores import files
from iiif_store.stores.base import Claim


@contextmanager
def claim(folder: Path, revision: str) -> Iterator[Claim | None]:
    """The claim file `folder/revision`, held inside the block; None while somebody else holds it."""
    path = files.named(folder, revision, "")
    with files.explained(path):
        held = _take(path)
    if held is None:
        yield None
        return
    descriptor, deaths = held
    try:
        yield Claim(revision, deaths)
    finally:
        with files.explained(path):
            _let_go(path, descriptor)


def _take(path: Path) -> tuple[int, int] | None:
    """An open, locked descriptor of the file that is at `path` now, and the deaths recorded in it."""
    while True:
        descriptor = _open(path)
        try:
            locked = lock_descriptor(descriptor, blocking=False)
            if locked and _is_at(descriptor, path):
                deaths = os.fstat(descriptor).st_size
                os.write(descriptor, b"+")
                return descriptor, deaths
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if not locked:
            return None
        # else the last holder removed the file after we had opened it: a lock on nothing, so open again


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    while True:
        try:
            return os.open(path, flags, 0o666)
        except FileNotFoundError:  # run/ may be deleted at any time, the data directory may not
            path.parent.parent.mkdir(exist_ok=True)
            path.parent.mkdir(exist_ok=True)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _let_go(path: Path, descriptor: int) -> None:
    """Remove the file first, then unlock: whoever opened it before finds that it is no longer at its path."""
    try:
        if _is_at(descriptor, path):
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
