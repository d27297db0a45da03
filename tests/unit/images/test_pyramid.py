"""Pyramids: of whatever people have, and of nothing that is no picture."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image

from iiif_store.image_api import pyramid
from iiif_store.image_api.tiles import PyramidFile
from tests.unit.images.pictures import level, noise, squares

BROWN = (180, 120, 60)


def pixel(file: Path, x: int = 20, y: int = 20) -> list[int]:
    return [int(value) for value in level(PyramidFile(file), 0)[y, x]]


def saved(folder: Path, picture: Image.Image, suffix: str, **options: object) -> Path:
    file = folder / f"picture.{suffix}"
    picture.save(file, **options)
    return file


def test_every_level_is_half_of_the_one_above_down_to_one_tile(tmp_path: Path) -> None:
    assert pyramid.write(noise(901, 1203, 1), tmp_path / "p.tif") == (901, 1203)
    file = PyramidFile(tmp_path / "p.tif")
    assert [(found.width, found.height) for found in file.levels] == [(901, 1203), (450, 601), (225, 300), (112, 150)]
    assert (file.width, file.height, file.tile_size, file.is_grey) == (901, 1203, 256, True)
    for number in range(1, 4):
        above, here = level(file, number - 1).astype(int), level(file, number).astype(int)
        height, width = here.shape[:2]
        halved = above[: 2 * height, : 2 * width].reshape(height, 2, width, 2, 1).mean((1, 3))
        moved = min(np.abs(np.roll(halved, 1, axis) - here).mean() for axis in (0, 1))
        assert 2 * np.abs(halved - here).mean() < moved


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "gif", "avif", "bmp", "jp2", "ppm", "tga"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    source = saved(tmp_path, Image.new("RGB", (300, 200), BROWN), suffix)
    assert pyramid.write(source, tmp_path / "p.tif") == (300, 200)
    assert np.abs(np.subtract(pixel(tmp_path / "p.tif"), BROWN)).max() <= 3


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        *(("1", [255]), ("L", [131]), ("LA", [131]), ("P", BROWN), ("RGB", BROWN), ("RGBA", BROWN)),
        *(("CMYK", BROWN), ("YCbCr", BROWN), ("HSV", BROWN), ("LAB", BROWN)),
    ],
)
def test_pixels_of_every_mode(tmp_path: Path, mode: str, expected: tuple[int, ...]) -> None:
    picture = Image.new("RGB", (300, 200), BROWN)
    if mode == "LAB":
        from PIL import ImageCms

        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        picture = ImageCms.profileToProfile(picture, srgb, lab, outputMode="LAB")  # type: ignore[assignment]
    else:
        picture = picture.convert(mode, dither=Image.Dither.NONE) if mode == "1" else picture.convert(mode)
    pyramid.write(picture, tmp_path / "p.tif")
    found = pixel(tmp_path / "p.tif")
    assert len(found) == len(expected) and np.abs(np.subtract(found, expected)).max() <= 12


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    deep = Image.fromarray(np.full((200, 300), 131 * 257, np.uint16))
    for picture in (deep, saved(tmp_path, deep, "png"), saved(tmp_path, deep, "tif")):
        pyramid.write(picture, tmp_path / "p.tif")
        assert pixel(tmp_path / "p.tif") == [131]


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (300, 200), (*BROWN, 0))
    for source in (picture, saved(tmp_path, picture, "png")):
        pyramid.write(source, tmp_path / "p.tif")
        assert pixel(tmp_path / "p.tif") == [255, 255, 255]


def test_cmyk_goes_through_a_profile(tmp_path: Path) -> None:
    source = saved(tmp_path, Image.new("CMYK", (300, 200), (0, 255, 255, 0)), "jpg")
    pyramid.write(source, tmp_path / "p.tif")
    red, green, blue = pixel(tmp_path / "p.tif")
    assert red > 180 and green < 80 and blue < 80


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    picture, exif = squares().crop((0, 0, 700, 300)), Image.Exif()
    exif[0x0112] = orientation
    source = saved(tmp_path, picture, "jpg", exif=exif, quality=95)
    turned = {3: 180, 6: 270, 8: 90}.get(orientation)
    expected = picture.rotate(turned, expand=True) if turned else None
    assert pyramid.write(source, tmp_path / "p.tif") == ((300, 700) if orientation > 4 else (700, 300))
    if expected:
        assert np.abs(np.subtract(pixel(tmp_path / "p.tif", 50, 50), expected.getpixel((50, 50)))).max() <= 4


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is that large and holds a kilobyte."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10**6)))


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(bomb(60_000, 60_000))
    with pytest.raises(ValueError, match=r"bomb\.png has 60000 x 60000 pixels; 500000000 are the most"):
        pyramid.write(tmp_path / "bomb.png", tmp_path / "p.tif")
    with pytest.raises(ValueError, match="30 x 20 pixels; 500 are the most"):
        pyramid.write(Image.new("L", (30, 20)), tmp_path / "p.tif", max_pixels=500)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "gif", "bmp"])
def test_what_is_cut_off_is_refused_and_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    source = saved(tmp_path, noise(700, 500), suffix)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    with pytest.raises(ValueError, match=f"picture.{suffix} cannot be read as a picture"):
        pyramid.write(source, tmp_path / "p.tif")
    assert [entry.name for entry in tmp_path.iterdir()] == [source.name]


@pytest.mark.parametrize(
    "content", [b"", b"no picture at all", b"\xff\xd8\xff\xe0", b"%PDF-1.4\n", b"<svg/>", bytes(4096)]
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    for source in (tmp_path / "file", tmp_path / "nothing", tmp_path):
        with pytest.raises(ValueError, match=r"cannot be read as a picture|is no file"):
            pyramid.write(source, tmp_path / "p.tif")


def test_an_svg_is_not_drawn_since_it_may_name_other_files(tmp_path: Path) -> None:
    source = tmp_path / "picture.svg"
    source.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"><rect width="9" height="9"/></svg>'
    )
    assert pyvips.Image.new_from_file(str(source)).width == 50
    with pytest.raises(ValueError, match="cannot be read as a picture"):
        pyramid.write(source, tmp_path / "p.tif")


@pytest.mark.parametrize("mode", ["F", "I"])
def test_samples_without_a_known_range_are_refused(tmp_path: Path, mode: str) -> None:
    picture = Image.new(mode, (30, 20), 1)
    for source in (picture, saved(tmp_path, picture, "tif")):
        with pytest.raises(ValueError, match="8 or 16 bit grey or colour can be shown"):
            pyramid.write(source, tmp_path / "p.tif")


def test_a_source_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    for colour in ((200, 0, 0), (0, 0, 200)):
        pyramid.write(saved(tmp_path, Image.new("RGB", (300, 200), colour), "png"), tmp_path / "p.tif")
        assert np.abs(np.subtract(pixel(tmp_path / "p.tif"), colour)).max() <= 3
