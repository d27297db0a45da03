"""Drawn pictures, pixel by pixel: where regions, edges, sizes, turns and qualities come out."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from iiif_store.image_api import xmp
from iiif_store.image_api.render import render
from iiif_store.image_api.request import BadImageRequest, Limits
from iiif_store.image_api.tiles import PyramidFile
from iiif_store.stores.images import ImageRecord
from tests.unit.images.pictures import SQUARE, decoded, noise, squares, wanted, written

WIDE = Limits(65_500, 65_500, 10**9)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> PyramidFile:
    return written(squares(), tmp_path_factory.mktemp("squares"))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> PyramidFile:
    """Sides that no level divides evenly."""
    return written(noise(901, 1203, grain=64), tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="module")
def grey(tmp_path_factory: pytest.TempPathFactory) -> PyramidFile:
    return written(noise(700, 500, 1), tmp_path_factory.mktemp("grey"))


def drawn(file: PyramidFile, path: str, limits: Limits = WIDE) -> np.ndarray:
    return decoded(render(file, wanted(file, path, limits=limits)))


def close(found: np.ndarray, expected: np.ndarray, most: float = 5) -> bool:
    return found.shape == expected.shape and np.abs(found.astype(int) - expected.astype(int)).mean() < most


def middles(picture: np.ndarray) -> np.ndarray:
    """One pixel of each of the squares."""
    height, width = picture.shape[:2]
    rows, columns = (np.arange(10) * 2 + 1) * height // 20, (np.arange(10) * 2 + 1) * width // 20
    found: np.ndarray = picture[rows][:, columns]
    return found


ORIGINAL = np.asarray(squares())


@pytest.mark.parametrize("size", ["max", "500,", "333,", "250,250", "100,100", "!77,90", "^1500,", "700,300", "31,"])
def test_every_square_is_where_it_belongs_at_every_size(file: PyramidFile, size: str) -> None:
    assert close(middles(drawn(file, f"full/{size}/0/default.png")), middles(ORIGINAL))


@pytest.mark.parametrize("row", [0, 4, 9])
@pytest.mark.parametrize("size", ["max", "50,", "20,20", "^130,"])
def test_a_region_shows_what_is_there(file: PyramidFile, row: int, size: str) -> None:
    for column in (0, 5, 9):
        region = f"{column * SQUARE},{row * SQUARE},{SQUARE},{SQUARE}"
        found = drawn(file, f"{region}/{size}/0/default.jpg")
        middle = found[found.shape[0] // 2, found.shape[1] // 2].astype(int)
        assert np.abs(middle - ORIGINAL[row * SQUARE + 50, column * SQUARE + 50]).max() < 6


def test_tiles_at_the_edges_join_those_of_the_grid(odd: PyramidFile) -> None:
    """Every tile that info.json implies, at every scale, put together gives the image at that scale."""
    whole = drawn(odd, "full/max/0/default.png").astype(int)
    for factor in (1, 2, 4, 8):
        side, rows = 256 * factor, []
        for y in range(0, odd.height, side):
            row = []
            for x in range(0, odd.width, side):
                width, height = min(side, odd.width - x), min(side, odd.height - y)
                size = f"{-(-width // factor)},{-(-height // factor)}"
                found = drawn(odd, f"{x},{y},{width},{height}/{size}/0/default.png")
                assert found.shape[:2] == (-(-height // factor), -(-width // factor))
                row.append(found)
            rows.append(np.hstack(row))
        joined = np.vstack(rows)
        assert joined.shape[:2] == (-(-odd.height // factor), -(-odd.width // factor))
        small = np.asarray(Image.fromarray(whole.astype(np.uint8)).resize(joined.shape[1::-1], Image.Resampling.BOX))
        assert close(joined, small, 6)


@pytest.mark.parametrize(("rotation", "turns"), [("0", 0), ("90", -1), ("180", 2), ("270", 1)])
@pytest.mark.parametrize("mirrored", ["", "!"])
def test_mirror_comes_before_right_angles(file: PyramidFile, rotation: str, turns: int, mirrored: str) -> None:
    found = drawn(file, f"0,0,1000,500/500,/{mirrored}{rotation}/default.png")
    expected = np.asarray(squares().crop((0, 0, 1000, 500)).resize((500, 250)))
    expected = np.rot90(expected[:, ::-1] if mirrored else expected, turns)
    assert close(found, expected, 3)


def test_other_angles_keep_all_of_the_picture_on_nothing(file: PyramidFile) -> None:
    found = drawn(file, "full/300,300/45/default.png")
    height, width, bands = found.shape
    assert bands == 4 and abs(width - 424) <= 2 and abs(height - 424) <= 2
    assert found[2, 2, 3] == 0 and found[height // 2, width // 2, 3] == 255
    expected = np.asarray(
        squares().resize((300, 300)).convert("RGBA").rotate(-45, Image.Resampling.BICUBIC, expand=True)
    )
    y, x = (abs(a - b) // 2 for a, b in zip(found.shape[:2], expected.shape[:2], strict=True))
    assert abs(y) <= 1 and abs(x) <= 1
    middle = (slice(150, 270), slice(150, 270))
    assert np.abs(found[middle].astype(int) - expected[middle]).mean() < 12
    assert (drawn(file, "full/300,300/45/default.jpg")[2, 2] > 250).all()
    assert drawn(file, "full/300,300/45/default.webp")[2, 2, 3] == 0
    assert drawn(file, "full/300,300/45/gray.png").shape[2] == 2


def test_qualities(file: PyramidFile, grey: PyramidFile) -> None:
    luminance = np.asarray(squares().convert("L"))[:, :, None]
    found = drawn(file, "full/max/0/gray.png")
    assert close(middles(found), middles(luminance), 14)
    black_and_white = drawn(file, "full/max/0/bitonal.png")
    assert set(np.unique(black_and_white)) == {0, 255} and black_and_white.shape[2] == 1
    with Image.open(io.BytesIO(render(file, wanted(file, "full/max/0/bitonal.png")))) as picture:
        assert picture.mode == "1"
    for form in ("jpg", "webp"):
        levels = drawn(file, f"full/max/0/bitonal.{form}")[:, :, 0].astype(int)
        assert np.minimum(levels, 255 - levels).mean() < 2
    assert drawn(grey, "full/max/0/default.png").shape[2] == 1
    assert drawn(grey, "full/max/0/color.png").shape[2] == 3
    assert set(np.unique(drawn(grey, "full/max/30/bitonal.png")[:, :, 0])) == {0, 255}


@pytest.mark.parametrize(("form", "known"), [("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")])
def test_formats(file: PyramidFile, form: str, known: str) -> None:
    with Image.open(io.BytesIO(render(file, wanted(file, f"full/200,/0/default.{form}")))) as picture:
        assert (picture.format, picture.size) == (known, (200, 200))


def test_a_side_that_a_format_cannot_have_is_refused(file: PyramidFile) -> None:
    with pytest.raises(BadImageRequest, match=r"webp can have more than 16383"):
        drawn(file, "full/^20000,1/0/default.webp")
    assert drawn(file, "full/^20000,1/0/default.jpg").shape[:2] == (1, 20_000)


RECORD = ImageRecord(
    *("id", 1000, 1000, "2026-03-01T10:00:00Z", 'A "bridge" & <more>', "http://creativecommons.org/licenses/by/4.0/"),
    attribution="Museum Ä",
    digital_source_type="algorithmicallyEnhanced",
)


@pytest.mark.parametrize("form", ["jpg", "png", "webp"])
def test_a_packet_says_how_the_picture_came_about(file: PyramidFile, form: str) -> None:
    packet = xmp.packet(RECORD)
    body = render(file, wanted(file, f"full/200,/0/default.{form}"), packet)
    with Image.open(io.BytesIO(body)) as picture:
        found = picture.getxmp()["xmpmeta"]["RDF"]["Description"]
    assert found["DigitalSourceType"] == "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"
    assert (found["Credit"], found["WebStatement"]) == ("Museum Ä", RECORD.rights)
    assert found["title"]["Alt"]["li"]["text"] == RECORD.label
    assert packet and packet not in render(file, wanted(file, f"full/200,/0/default.{form}"))


def test_a_plain_scan_of_which_nothing_is_said_has_no_packet() -> None:
    assert xmp.packet(ImageRecord("id", 1, 1, "2026-03-01T10:00:00Z")) is None
    assert b"\x01" not in (xmp.packet(ImageRecord("id", 1, 1, "", "a\x01b")) or b"")


def test_a_damaged_pyramid_is_told(tmp_path: Path) -> None:
    file = written(noise(600, 600), tmp_path)
    body = bytearray(file.path.read_bytes())
    level = file.levels[0]
    for start, length in zip(level.offsets, level.lengths, strict=True):
        body[start : start + length] = bytes(length)
    file.path.write_bytes(body)
    damaged = PyramidFile(file.path)
    cell = damaged.cell(wanted(damaged, "0,0,256,256/max/0/default.jpg"))
    assert cell
    with pytest.raises(ValueError, match="is damaged"):
        damaged.read(cell)
