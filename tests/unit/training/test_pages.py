"""What is trained on and measured with is what a backend is shown."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from ml_backends.training.pages import UnreadableData, opened, size_of


@pytest.mark.parametrize(
    ("mode", "value", "grey"),
    [("I;16", 0x8080, 128), ("RGBA", (0, 0, 0, 0), 255), ("LA", (0, 0), 255), ("L", 128, 128), ("RGB", (9, 9, 9), 9)],
)
def test_a_picture_is_opened_as_a_person_sees_it(
    tmp_path: Path, mode: str, value: int | tuple[int, ...], grey: int
) -> None:
    Image.new(mode, (20, 10), value).save(tmp_path / "a.png")
    picture = opened(tmp_path / "a.png")
    assert (picture.mode, picture.size) == ("RGB", (20, 10))
    assert picture.getpixel((5, 5)) == (grey, grey, grey)


def test_a_picture_is_opened_upright(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    Image.new("L", (20, 10)).save(tmp_path / "a.jpg", exif=turned)
    assert opened(tmp_path / "a.jpg").size == size_of(tmp_path / "a.jpg") == (10, 20)


def png_of(width: int, height: int) -> bytes:
    """A file that only says how large it is."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (png_of(20000, 20000), "too large a picture.*Scale it down"),
        (png_of(20, 20), "cannot be read as a picture.*Repair it"),
        (b"no picture", "cannot be read as a picture.*Repair it"),
    ],
    ids=["above Pillow's limit", "cut off", "text"],
)
def test_what_cannot_be_opened_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UnreadableData, match=rf"a\.png .*{says}"):
        opened(tmp_path / "a.png")


def test_the_size_of_what_is_no_picture_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_of(20000, 20000))
    with pytest.raises(UnreadableData, match="too large"):
        size_of(tmp_path / "a.png")
    with pytest.raises(UnreadableData, match=r"b\.png cannot be read"):
        size_of(tmp_path / "b.png")
