"""Copies of what publishers sent, in files that all processes share and that may be deleted at any time."""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from ..errors import StoreUnavailable
from ..stores import files

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a copy beside its bytes. Times are seconds since the epoch."""

    url: str
    """The final one."""
    etag: str | None
    last_modified: str | None
    content_type: str | None
    validated: float
    """When the publisher last said that this is the content."""
    fresh_until: float
    size: int

    @property
    def validators(self) -> dict[str, str]:
        """Headers that ask for the content only if it has changed."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


class DiskCache:
    """One file for each URL: a line of JSON, then the body. Never half: see `stores.files`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, key: str) -> tuple[Entry, bytes] | None:
        """None if there is no copy, or none that is whole."""
        try:
            with self._path(key).open("rb") as file:
                entry = Entry(**orjson.loads(file.readline()))
                body = file.read()
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            log.warning("The copy of %s cannot be read and is left aside: %s", key, error)
            return None
        return (entry, body) if len(body) == entry.size else None

    def write(self, key: str, entry: Entry, body: bytes) -> None:
        """Does without if there is no room: what was fetched is still of use."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            files.replace(path, orjson.dumps(asdict(entry), option=orjson.OPT_APPEND_NEWLINE) + body, sync="none")
        except (OSError, StoreUnavailable) as error:
            log.warning("No copy of %s was kept: %s", key, error)

    def forget(self, key: str) -> None:
        with suppress(OSError):
            self._path(key).unlink()

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._directory / name[:2] / name
