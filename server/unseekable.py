"""A zip that is sent while it is made: no more of it is in memory than one file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest date that a zip can tell, for every file: the same content gives the same bytes."""


class _Outlet(io.RawIOBase):
    """What was written since it was last asked; cannot go back, which makes zipfile write sizes behind each file."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """All of it, once."""
        found, self._parts = b"".join(self._parts), []
        return found


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """The bytes of a zip of (name, content) pairs, which are stored as they are: JPEG does not shrink."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content)
            yield outlet.taken()
    yield outlet.taken()
