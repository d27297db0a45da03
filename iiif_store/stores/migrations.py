"""The version of a data directory, and the steps from each to the next.

A migration backs up first, then runs the steps in place. A step may be cut off anywhere and is then run again from
its start, so it must leave alone what it has done already; it writes with `files.replace`, never into a file. VERSION
is raised when a step has ended.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import orjson

from iiif_store.errors import StoreUnavailable
from iiif_store.stores import files, rows

LAYOUT = 1
"""The version that this release reads and writes."""

_NOT_BACKED_UP = ("backups", "cache", "pages", "run")
_NEVER_REWRITTEN = ("readings", "blobs")


def bring_up_to_date(root: Path) -> None:
    """Give a new directory its VERSION, migrate an older one; raises StoreUnavailable, with nothing lost."""
    if _version(root) == LAYOUT:
        return
    with files.exclusive(root / "VERSION.lock"):
        version = _version(root)
        if version is None:
            _set_version(root, LAYOUT)
        elif version < LAYOUT:
            _migrate(root, version)


def require_current(root: Path) -> None:
    """Raises StoreUnavailable unless the directory is there, in this release's version."""
    version = _version(root)
    if version != LAYOUT:
        raise StoreUnavailable(f"{root}: no VERSION {LAYOUT} in it (found: {version}); is the right disk mounted?")


def _version(root: Path) -> int | None:
    """Of the directory: 0 for one that holds sources but no VERSION, None for a new one."""
    data = files.read(root / "VERSION", root)
    if data is None:
        return 0 if (root / "sources").is_dir() else None
    if not data.strip().isdigit():
        raise StoreUnavailable(f"{root / 'VERSION'} is damaged: a number was expected, such as {LAYOUT}")
    version = int(data)
    if version > LAYOUT:
        known = f"this release knows layout {LAYOUT}"
        raise StoreUnavailable(
            f"{root} was written by a newer release (layout {version}, {known}); install that one, or choose another"
            " data directory"
        )
    return version


def _set_version(root: Path, version: int) -> None:
    files.replace(root / "VERSION", b"%d\n" % version, sync="directory")


def _migrate(root: Path, version: int) -> None:
    backup = _back_up(root, version)
    for number in range(version, LAYOUT):
        try:
            STEPS[number](root)
        except Exception as error:
            raise StoreUnavailable(
                f"{root} could not be migrated from layout {number} to {number + 1}: {error}. Nothing is lost, and what"
                f" was there is also in {backup}. Mend the cause and start again"
            ) from error
        _set_version(root, number + 1)
    with files.explained(backup):
        backup.rename(backup.with_name(f"{backup.name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"))


def _back_up(root: Path, version: int) -> Path:
    """A copy of what is kept. One made by an attempt that failed is the better one, and stays."""
    backup = root / "backups" / f"layout-{version}"
    unfinished = backup.with_name(f".{backup.name}.tmp")
    if backup.exists():
        return backup
    with files.explained(backup):
        try:
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            for path in _kept(root):
                _copy(root / path, unfinished / path, link=path.parts[0] in _NEVER_REWRITTEN)
            os.sync()
            unfinished.rename(backup)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return backup


def _kept(root: Path) -> Iterator[Path]:
    """Every file that cannot be made again, but locks and temporary files; relative to `root`."""
    for folder, inner, names in os.walk(root, onerror=_fail):
        if Path(folder) == root:
            inner[:] = [name for name in inner if name not in _NOT_BACKED_UP]
        yield from (Path(folder, name).relative_to(root) for name in names if not name.endswith((".lock", ".tmp")))


def _fail(error: OSError) -> None:
    raise error


def _copy(path: Path, target: Path, *, link: bool) -> None:
    """A million readings need no second million on the disk: nobody ever writes into one, so a link will do."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if link:
        with suppress(OSError):
            os.link(path, target)
            return
    shutil.copy2(path, target)


def _wrap_rows(root: Path) -> None:
    """0 to 1: sources and jobs as bare JSON objects, as a script or a hand puts them there, become TinyDB tables."""
    for folder, table in (("sources", "source"), ("jobs", "job")):
        for path in sorted((root / folder).glob("*.json")):
            try:
                row = orjson.loads(path.read_bytes())
            except orjson.JSONDecodeError as error:
                raise rows.damaged(path, f"not JSON: {error}") from error
            if "id" in row:
                files.replace(path, orjson.dumps({table: {"1": row}}), sync="directory")


STEPS: tuple[Callable[[Path], None], ...] = (_wrap_rows,)
"""`STEPS[n]` leads from layout n to n + 1."""
