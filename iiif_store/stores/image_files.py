"""Images as files: `root/ab/<id>.tif`, the pyramid, and `root/ab/<id>.json`, what is told of it.

The record is written last and removed first, so that an image with a record is whole.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from iiif_store.errors import StoreUnavailable
from iiif_store.stores import files
from iiif_store.stores.folder import Folder
from iiif_store.stores.images import ImageRecord
from iiif_store.stores.rows import damaged


class ImageFiles:
    """`Images` in one folder, for the processes of one machine."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pyramids, self._records = Folder(root, ".tif"), Folder(root, ".json")
        self._record = TypeAdapter(ImageRecord)

    def put(self, record: ImageRecord, pyramid: Path) -> None:
        place = self._pyramids.path(record.id)
        with files.explained(place):
            place.parent.mkdir(exist_ok=True)
        with _brought(pyramid, place) as temporary, self._alone():
            if self._records.has(record.id):
                return
            with files.explained(place):
                temporary.replace(place)  # over what a writer left that was killed before it wrote the record
            files.keep(self._records.path(record.id), orjson.dumps(asdict(record)), sync="directory")

    def retell(self, record: ImageRecord) -> bool:
        with self._alone():
            pyramid = self.path(record.id)
            if pyramid is None:
                return False
            files.replace(self._records.path(record.id), orjson.dumps(asdict(record)), sync="directory")
            with files.explained(pyramid):
                _touch(pyramid)
        return True

    def get(self, image: str) -> ImageRecord | None:
        data = self._records.read(image)
        if data is None:
            return None
        try:
            record = self._record.validate_json(data)
        except ValidationError as error:
            raise damaged(self._records.path(image), "holds no record of an image") from error
        if record.id != image:
            raise damaged(self._records.path(image), f"is about another image, {record.id!r}")
        return record

    def path(self, image: str) -> Path | None:
        return self._pyramids.path(image) if self._records.has(image) and self._pyramids.has(image) else None

    def remove(self, image: str) -> bool:
        with self._alone():
            found = self._records.remove(image)
            self._pyramids.remove(image)
        return found

    def ids(self, prefix: str = "") -> Iterator[str]:
        if len(prefix) < 2:
            yield from (name for name in self._records.names() if name.startswith(prefix))
        elif files.is_name(prefix) and (shard := self._root / prefix[:2]).is_dir():
            yield from (name for name in files.names(shard, ".json") if name.startswith(prefix))

    def faults(self) -> Iterator[str]:
        """One line for each record that cannot be read, and for each image of which one half is missing."""
        records = set(self._records.names())
        for image in sorted(records):
            try:
                self.get(image)
            except StoreUnavailable as error:
                yield str(error)
            if not self._pyramids.has(image):
                yield f"image {image} has a record and no pyramid; restore {self._pyramids.path(image)} from a back-up"
        for image in self._pyramids.names():
            if image not in records and not self._records.has(image):
                yield f"{self._pyramids.path(image)} was left by a writer that was killed; it can be deleted"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A pyramid and its record change together."""
        with files.exclusive(self._root / ".lock"):
            yield


@contextmanager
def _brought(source: Path, place: Path) -> Iterator[Path]:
    """`source`, moved to a temporary name beside `place` and synced, from another disk as well; gone afterwards."""
    temporary = place.with_name(f".{place.name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        with files.explained(temporary):
            _move(source, temporary)
        yield temporary
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
            source.unlink(missing_ok=True)


def _touch(pyramid: Path) -> None:
    """Whoever has it open looks at its time to see whether it is still what it was."""
    os.utime(pyramid, ns=(max(time.time_ns(), pyramid.stat().st_mtime_ns + 1),) * 2)


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
