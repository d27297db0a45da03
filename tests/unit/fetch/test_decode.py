"""Pictures of every mode and format, small ones drawn for the test and real pages."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from iiif_store.errors import FetchFailed
from iiif_store.fetch.decode import decode, same_shape
from iiif_store.image_api.tiles import MOST_LEVELS
from ml_backends.types import Box

URL = "http://example.org/page.jpg"
MANY = 100_000_000


def saved(image: Image.Image, format_: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def grey(mode: str, value: Any, size: tuple[int, int] = (60, 90)) -> Image.Image:
    return Image.new(mode, size, value)


def see_through() -> Image.Image:
    image = Image.new("RGBA", (60, 90), (200, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 30, 90))
    return image


def palette() -> bytes:
    return saved(grey("RGB", (10, 20, 30)).convert("P", palette=Image.Palette.ADAPTIVE), "PNG")


def big_endian_tiff(value: int) -> bytes:
    """2 x 3 pixels of 16 bits, as scanners of another age wrote them."""
    pixels = struct.pack(">6H", *[value] * 6)
    tags = [(256, 3, 1, 2), (257, 3, 1, 3), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    tags += [(277, 3, 1, 1), (278, 3, 1, 3), (279, 4, 1, 12)]
    entries = b"".join(
        struct.pack(">HHI", tag, kind, count) + (struct.pack(">HH", n, 0) if kind == 3 else struct.pack(">I", n))
        for tag, kind, count, n in tags
    )
    return b"MM\0*" + struct.pack(">I", 20) + pixels + struct.pack(">H", len(tags)) + entries + b"\0\0\0\0"


def two_frames() -> bytes:
    red, blue = grey("RGB", (255, 0, 0)), grey("RGB", (0, 0, 255))
    return saved(red, "GIF", save_all=True, append_images=[blue])


CASES: list[tuple[str, Callable[[], bytes], tuple[int, ...]]] = [
    ("bilevel TIFF, group 4", lambda: saved(grey("1", 1), "TIFF", compression="group4"), (255, 255, 255)),
    ("bilevel PNG", lambda: saved(grey("1", 0), "PNG"), (0, 0, 0)),
    ("grey JPEG", lambda: saved(grey("L", 128), "JPEG"), (128, 128, 128)),
    ("colour JPEG", lambda: saved(grey("RGB", (128, 64, 32)), "JPEG", quality=95), (128, 64, 32)),
    ("CMYK JPEG", lambda: saved(grey("CMYK", (0, 255, 255, 0)), "JPEG", quality=95), (255, 0, 0)),
    ("16-bit PNG", lambda: saved(grey("I;16", 128 * 256), "PNG"), (128, 128, 128)),
    ("16-bit TIFF", lambda: saved(grey("I;16", 64 * 256), "TIFF"), (64, 64, 64)),
    ("16-bit TIFF, big-endian", partial(big_endian_tiff, 192 * 256), (192, 192, 192)),
    ("32-bit TIFF of 16-bit values", lambda: saved(grey("I", 128 * 256), "TIFF"), (128, 128, 128)),
    ("32-bit TIFF of 8-bit values", lambda: saved(grey("I", 200), "TIFF"), (200, 200, 200)),
    ("float TIFF", lambda: saved(grey("F", 100.0), "TIFF"), (100, 100, 100)),
    ("palette PNG", palette, (10, 20, 30)),
    ("GIF, first of two frames", two_frames, (255, 0, 0)),
    ("WebP", lambda: saved(grey("RGB", (10, 20, 30)), "WEBP", lossless=True), (10, 20, 30)),
    ("LAB TIFF", lambda: saved(grey("LAB", (255, 128, 128)), "TIFF"), (255, 255, 255)),
]


@pytest.mark.parametrize(("name", "data", "colour"), CASES, ids=[case[0] for case in CASES])
def test_modes(name: str, data: Callable[[], bytes], colour: tuple[int, ...]) -> None:
    picture = decode(data(), URL, max_pixels=MANY, edge=1000)
    assert picture.mode == "RGB"
    found = picture.getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(found, tuple)
    assert all(abs(one - other) <= 3 for one, other in zip(found, colour, strict=True)), found


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "GIF"])
def test_what_can_be_seen_through_stays_so(format_: str) -> None:
    options = {"lossless": True} if format_ == "WEBP" else {}
    picture = decode(saved(see_through(), format_, **options), URL, max_pixels=MANY, edge=1000)
    assert picture.mode == "RGBA"
    assert picture.getpixel((10, 40)) == (*picture.getpixel((10, 40))[:3], 0)  # type: ignore[index]
    assert picture.getpixel((50, 40)) == (200, 0, 0, 255)


@pytest.mark.parametrize("edge", [1, 37, 320, 640, 1279, 1280, 5000])
def test_real_pages_come_at_the_wanted_size(page_images: Path, edge: int) -> None:
    for path in sorted(page_images.iterdir()):
        with Image.open(path) as original:
            size = original.size
        picture = decode(path.read_bytes(), URL, max_pixels=MANY, edge=edge, expected=size)
        assert max(picture.size) == min(edge, max(size))
        assert same_shape(picture.size, size)


def test_a_jpeg_is_decoded_no_larger_than_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """4000 x 6000 at 1/4: what is resized has 1000 x 1500 pixels, and shows the same."""
    image = Image.new("L", (4000, 6000), 255)
    image.paste(0, (0, 0, 2000, 3000))
    data, loaded = saved(image, "JPEG"), []
    resize = Image.Image.resize

    def watched(self: Image.Image, *args: Any, **kwargs: Any) -> Image.Image:
        loaded.append(self.size)
        return resize(self, *args, **kwargs)

    monkeypatch.setattr(Image.Image, "resize", watched)
    picture = decode(data, URL, max_pixels=MANY, edge=1280, expected=(4000, 6000))
    assert loaded == [(1000, 1500)]
    assert picture.size == (853, 1280)
    assert [picture.getpixel(at) for at in ((400, 600), (450, 600), (400, 680))] == [(0,) * 3, (255,) * 3, (255,) * 3]


def test_a_crop_is_in_pixels_of_the_size_we_were_told() -> None:
    image = Image.new("RGB", (400, 600), "white")
    image.paste((255, 0, 0), (100, 200, 200, 300))
    data = saved(image, "PNG")
    crop = Box(200, 400, 200, 200)
    picture = decode(data, URL, max_pixels=MANY, edge=50, expected=(800, 1200), crop=crop)
    assert picture.size == (50, 50)
    assert picture.crop((2, 2, 48, 48)).getcolors() == [(46 * 46, (255, 0, 0))]  # a filter's width from the edge
    with pytest.raises(FetchFailed, match="outside"):
        decode(data, URL, max_pixels=MANY, edge=50, expected=(800, 1200), crop=Box(900, 0, 10, 10))


def test_pixels_are_counted_before_decoding() -> None:
    """The header claims 10,001 x 10,000; decoding would fail otherwise, as there is no such data."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 10_001, 10_000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    data += struct.pack(">I", 9) + b"IDAT" + b"not a page"
    with pytest.raises(FetchFailed, match="10001 x 10000 pixels"):
        decode(data, URL, max_pixels=MANY, edge=100)


def test_pillows_own_limit_is_not_ours() -> None:
    """95 million pixels are within our limit but above that at which Pillow warns."""
    data = saved(Image.new("L", (9_500, 10_000)), "JPEG")
    assert decode(data, URL, max_pixels=MANY, edge=100).size == (95, 100)
    with pytest.raises(FetchFailed, match="pixels"):
        decode(data, URL, max_pixels=94_999_999, edge=100)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated_files_are_refused(page_images: Path, format_: str, share: float) -> None:
    with Image.open(page_images / "nls_107118335_3.jpg") as image:
        data = saved(image.convert("RGB"), format_)
    with pytest.raises(FetchFailed, match=r"broken or truncated|no picture"):
        decode(data[: int(len(data) * share)], URL, max_pixels=MANY, edge=300)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html>",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"%PDF-1.7",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        saved(grey("RGB", (1, 2, 3)), "BMP"),
        saved(grey("RGB", (1, 2, 3)), "PPM"),
        saved(grey("L", 1), "ICO"),
    ],
    ids=["nothing", "HTML", "WAV", "PDF", "JPEG 2000", "BMP", "PPM", "ICO"],
)
def test_other_formats_are_refused(data: bytes) -> None:
    with pytest.raises(FetchFailed) as failure:
        decode(data, URL, max_pixels=MANY, edge=300)
    assert URL in str(failure.value)


@given(st.binary(max_size=200), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"II*\0", b"GIF8"]))
def test_noise_is_refused(noise: bytes, magic: bytes) -> None:
    with pytest.raises(FetchFailed):
        decode(magic + noise, URL, max_pixels=MANY, edge=300)


SMALL = {name: saved(see_through(), name) for name in ("PNG", "WEBP", "GIF", "TIFF")}
SMALL["JPEG"] = saved(see_through().convert("RGB"), "JPEG")


@given(st.sampled_from(sorted(SMALL)), st.data())
def test_damage_is_refused_or_survived(format_: str, data: st.DataObject) -> None:
    damaged = bytearray(SMALL[format_])
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = decode(bytes(damaged), URL, max_pixels=10_000, edge=50)
    except FetchFailed as failure:
        assert URL in str(failure)
    else:
        assert max(picture.size) <= 50


def test_other_proportions_are_an_error_that_names_both() -> None:
    data = saved(grey("L", 1, (300, 200)), "PNG")
    with pytest.raises(FetchFailed, match=r"300 x 200.*2000 x 3000"):
        decode(data, URL, max_pixels=MANY, edge=300, expected=(2000, 3000))


def exif(orientation: int) -> Image.Exif:
    found = Image.Exif()
    found[0x0112] = orientation
    return found


def test_exif_orientation_as_a_browser_shows_it() -> None:
    image = Image.new("L", (90, 60), 255)
    image.paste(0, (0, 0, 45, 30))  # dark at the top left, as stored
    stored = saved(image, "JPEG", quality=95, exif=exif(6))
    upright = decode(stored, URL, max_pixels=MANY, edge=100, expected=(600, 900))
    assert upright.size == (60, 90)
    assert upright.getpixel((50, 10))[0] < 50 < 200 < upright.getpixel((10, 10))[0]  # type: ignore[index]
    as_told = decode(stored, URL, max_pixels=MANY, edge=100, expected=(900, 600))
    assert as_told.size == (90, 60)
    half_turn = decode(saved(image, "JPEG", quality=95, exif=exif(3)), URL, max_pixels=MANY, edge=100)
    assert half_turn.getpixel((70, 50))[0] < 50  # type: ignore[index]


def pyramid_of(*levels: tuple[tuple[int, int], int]) -> bytes:
    """A TIFF of plain grey levels: size and shade of each, all but the first marked as reduced."""
    out = b"II*\0" + struct.pack("<I", 8)
    for n, ((width, height), shade) in enumerate(levels):
        size, end = width * height, len(out) + 2 + 10 * 12 + 4
        tags = [(254, 4, int(n > 0)), (256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1)]
        tags += [(273, 4, end), (277, 3, 1), (278, 4, height), (279, 4, size)]
        entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
        following = end + size if n + 1 < len(levels) else 0
        out += struct.pack("<H", len(tags)) + entries + struct.pack("<I", following) + bytes([shade]) * size
    return out


def shade(data: bytes, edge: int, max_pixels: int = MANY) -> Any:
    return decode(data, URL, max_pixels=max_pixels, edge=edge).convert("L").getpixel((0, 0))


def test_the_smallest_level_that_is_large_enough_is_decoded() -> None:
    data = pyramid_of(((80, 120), 10), ((40, 60), 20), ((20, 30), 30))
    assert [shade(data, edge) for edge in (120, 61, 60, 31, 30, 10)] == [10, 10, 20, 20, 30, 30]


@pytest.mark.parametrize("size", [(80, 120), (160, 240), (81, 120)])
def test_a_level_that_is_not_smaller_is_none(size: tuple[int, int]) -> None:
    data = pyramid_of(((80, 120), 10), (size, 20), ((40, 60), 30))
    assert shade(data, 30, max_pixels=80 * 120) == 10


def test_no_more_levels_are_looked_at_than_a_pyramid_has(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    seek = TiffImageFile.seek

    def counted(image: TiffImageFile, frame: int) -> None:
        seen.append(frame)
        seek(image, frame)

    monkeypatch.setattr(TiffImageFile, "seek", counted)
    data = pyramid_of(*(((100 - n, 100 - n), 10) for n in range(60)))
    assert shade(data, 10) == 10
    assert max(seen) == MOST_LEVELS


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((600, 900), (2000, 3000), True),
        ((201, 300), (858, 1280), True),
        ((1, 3), (8, 25), True),
        ((3, 200), (37, 3000), True),
        ((600, 900), (900, 600), False),
        ((600, 900), (600, 940), False),
        ((600, 900), (600, 905), True),
    ],
)
def test_same_shape(one: tuple[int, int], other: tuple[int, int], same: bool) -> None:
    assert same_shape(one, other) is same
    assert same_shape(other, one) is same
