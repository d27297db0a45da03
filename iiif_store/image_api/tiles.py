"""Tiles of the grid, copied out of a pyramid file as they lie there, without decoding (TIFF 6.0 and its technical note
2; BigTIFF). A JPEG tile lacks its tables, which the directory holds once for all tiles of a level.
"""

from __future__ import annotations

import os
import struct
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from iiif_store.image_api.request import Rendering

_TYPES = {1: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q"}
_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 259, 262, 322, 323
_OFFSETS, _LENGTHS, _TABLES = 324, 325, 347
_KNOWN = {_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC, _TILE_WIDTH, _TILE_HEIGHT, _OFFSETS, _LENGTHS, _TABLES}
_JPEG, _BLACK_IS_ZERO, _RGB = 7, 1, 2
_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_ADOBE = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
"""Says that three components are RGB, where JFIF says YCbCr."""
MOST_LEVELS = 32
"""Of any pyramid: each has half the sides of the one before."""


class Cell(NamedTuple):
    """A tile of the grid: its level (0 is the largest), column and row."""

    level: int
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Level:
    """One directory of the file."""

    width: int
    height: int
    tile: int
    head: bytes
    """What a tile begins with as a JPEG of its own."""
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]
    is_grey: bool

    @property
    def across(self) -> int:
        """Tiles in a row."""
        return -(-self.width // self.tile)


class PyramidFile:
    """An open pyramid of `pyramid.write`. Any number of threads may read; closed when nobody holds it any more."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, and ValueError for another kind of file."""
        self.path = path
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        weakref.finalize(self, os.close, self._file)
        status = os.fstat(self._file)
        self._size = status.st_size
        self.identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        """Of the file on disk, to see that it was replaced."""
        try:
            self.levels = tuple(_levels(self._file, status.st_size))
        except (struct.error, KeyError, IndexError, OverflowError) as error:
            raise ValueError(f"{path} is no pyramid of JPEG tiles: {error!r}") from error
        if not self.levels:
            raise ValueError(f"{path} is no pyramid of JPEG tiles.")

    @property
    def width(self) -> int:
        return self.levels[0].width

    @property
    def height(self) -> int:
        return self.levels[0].height

    @property
    def tile_size(self) -> int:
        return self.levels[0].tile

    @property
    def is_grey(self) -> bool:
        return self.levels[0].is_grey

    @property
    def is_current(self) -> bool:
        """Whether the path still leads to this file."""
        try:
            status = os.stat(self.path)
        except OSError:
            return False
        return self.identity == (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def cell(self, wanted: Rendering) -> Cell | None:
        """The tile that is exactly what is wanted; None where something must be drawn. `quality` must be default."""
        x, y, width, height = wanted.box
        factor, rest = divmod(width, self.tile_size)
        level = factor.bit_length() - 1
        on_grid = not rest and height == width and factor == 1 << max(level, 0) and not x % width and not y % height
        plain = wanted.quality == "default" and wanted.format == "jpg" and not wanted.degrees and not wanted.mirrored
        if not (on_grid and plain and level < len(self.levels)):
            return None
        if wanted.width != self.tile_size or wanted.height != self.tile_size:
            return None
        return Cell(level, x // width, y // height)

    def read(self, cell: Cell) -> bytes:
        """The tile as a JPEG file; raises ValueError if it is damaged."""
        level = self.levels[cell.level]
        number = cell.row * level.across + cell.column
        tile = b""
        if number < min(len(level.offsets), len(level.lengths)) and level.lengths[number] <= self._size:
            tile = os.pread(self._file, level.lengths[number], min(level.offsets[number], self._size))
        if tile[:2] != _SOI or tile[-2:] != _EOI:
            raise ValueError(f"Tile {tuple(cell)} of {self.path} is damaged.")
        return level.head + tile[2:]


@dataclass(frozen=True, slots=True)
class _Form:
    """How numbers are written: byte order, and the widths of TIFF or BigTIFF."""

    order: str
    big: bool

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> str:
        return self.order + ("HHQ8s" if self.big else "HHI4s")

    @property
    def pointer(self) -> str:
        return self.order + ("Q" if self.big else "I")


def _levels(file: int, size: int) -> list[Level]:
    form, offset = _header(os.pread(file, 16, 0))
    found: list[Level] = []
    while offset and len(found) < MOST_LEVELS:
        fields, offset = _directory(file, form, offset, size)
        found.append(_level(fields))
    return found


def _header(head: bytes) -> tuple[_Form, int]:
    order = {b"II": "<", b"MM": ">"}[head[:2]]
    magic = struct.unpack_from(order + "H", head, 2)[0]
    form = _Form(order, {42: False, 43: True}[magic])
    return form, struct.unpack_from(form.pointer, head, 8 if form.big else 4)[0]


def _directory(file: int, form: _Form, offset: int, size: int) -> tuple[Mapping[int, tuple[int, ...]], int]:
    """The fields that matter here, and where the next directory is."""
    width = struct.calcsize(form.count)
    (count,) = struct.unpack(form.count, os.pread(file, width, offset))
    step, link = struct.calcsize(form.entry), struct.calcsize(form.pointer)
    if count > 1000:
        raise ValueError("A directory of the pyramid has more than 1000 entries.")
    raw = os.pread(file, count * step + link, offset + width)
    fields = {}
    for tag, kind, number, value in struct.iter_unpack(form.entry, raw[: count * step]):
        if tag in _KNOWN:
            fields[tag] = _values(file, form, kind, number, value, size)
    return fields, struct.unpack_from(form.pointer, raw, count * step)[0]


def _values(file: int, form: _Form, kind: int, number: int, value: bytes, size: int) -> tuple[int, ...]:
    layout = f"{form.order}{number}{_TYPES[kind]}"
    length = struct.calcsize(layout)
    if length > size:
        raise ValueError("A field of the pyramid is longer than its file.")
    if length > len(value):
        value = os.pread(file, length, struct.unpack(form.pointer, value)[0])
    return struct.unpack(layout, value[:length])


def _level(fields: Mapping[int, tuple[int, ...]]) -> Level:
    tile = fields[_TILE_WIDTH][0]
    if fields[_COMPRESSION][0] != _JPEG or fields[_TILE_HEIGHT][0] != tile:
        raise ValueError("The pyramid does not have square JPEG tiles.")
    tables = bytes(fields.get(_TABLES, ()))
    colours = fields[_PHOTOMETRIC][0]
    head = _SOI + (_ADOBE if colours == _RGB else _JFIF) + tables[2:-2]
    width, height = fields[_WIDTH][0], fields[_HEIGHT][0]
    return Level(width, height, tile, head, fields[_OFFSETS], fields[_LENGTHS], colours == _BLACK_IS_ZERO)
