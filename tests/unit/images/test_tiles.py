"""Tiles copied out of the file are what decoding would give; nothing else is taken for a tile."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from iiif_store.image_api.tiles import Cell, PyramidFile
from tests.unit.images.pictures import decoded, level, noise, wanted, written

WIDTH, HEIGHT = 901, 1203


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> PyramidFile:
    return written(noise(WIDTH, HEIGHT), tmp_path_factory.mktemp("colour"))


@pytest.fixture(scope="module")
def grey(tmp_path_factory: pytest.TempPathFactory) -> PyramidFile:
    return written(noise(WIDTH, HEIGHT, 1), tmp_path_factory.mktemp("grey"))


def grid() -> list[tuple[int, int, int]]:
    return [
        (number, column, row)
        for number in range(3)
        for column in range((WIDTH >> number) // 256)
        for row in range((HEIGHT >> number) // 256)
    ]


@pytest.mark.parametrize(("number", "column", "row"), grid())
def test_a_copied_tile_is_the_decoded_region(
    file: PyramidFile, grey: PyramidFile, number: int, column: int, row: int
) -> None:
    side = 256 << number
    for pyramid in (file, grey):
        asked = wanted(pyramid, f"{column * side},{row * side},{side},{side}/256,256/0/default.jpg")
        cell = pyramid.cell(asked)
        assert cell == Cell(number, column, row)
        body = pyramid.read(cell)
        y, x = row * 256, column * 256
        expected = level(pyramid, number)[y : y + 256, x : x + 256]
        assert np.array_equal(decoded(body), expected)
        with Image.open(io.BytesIO(body)) as picture:  # another decoder sees the same colours
            assert np.abs(np.asarray(picture).reshape(expected.shape).astype(int) - expected).max() <= 2


@pytest.mark.parametrize(
    "path",
    [
        "0,0,256,256/255,/0/default.jpg",
        "0,0,256,256/^257,/0/default.jpg",
        "0,0,256,256/max/90/default.jpg",
        "0,0,256,256/max/!0/default.jpg",
        "0,0,256,256/max/0/gray.jpg",
        "0,0,256,256/max/0/default.png",
        "1,0,256,256/max/0/default.jpg",
        "0,0,256,255/max/0/default.jpg",
        "0,0,768,768/256,256/0/default.jpg",
        "256,0,512,512/256,256/0/default.jpg",
        "768,0,256,256/133,/0/default.jpg",
        "0,1024,256,256/256,179/0/default.jpg",
        "0,0,128,128/^256,256/0/default.jpg",
        "full/max/0/default.jpg",
    ],
)
def test_what_is_no_tile_of_the_grid_is_not_copied(file: PyramidFile, path: str) -> None:
    assert file.cell(wanted(file, path)) is None


@given(st.integers(0, 900), st.integers(0, 1200), st.integers(1, 1300), st.integers(1, 1300), st.integers(1, 300))
def test_a_cell_lies_in_its_level(file: PyramidFile, x: int, y: int, width: int, height: int, size: int) -> None:
    found = file.cell(wanted(file, f"{x},{y},{width},{height}/^{size},{size}/0/default.jpg"))
    if found:
        here = file.levels[found.level]
        assert (found.column + 1) * here.tile <= here.width and (found.row + 1) * here.tile <= here.height
        assert len(file.read(found)) > 100


def test_colour_kept_as_rgb_is_told_to_the_decoder(tmp_path: Path) -> None:
    """As libvips writes from quality 90 on: without the Adobe marker a viewer would take it for YCbCr."""
    source = pyvips.Image.new_from_array(np.full((512, 512, 3), (200, 120, 40), np.uint8))
    path = tmp_path / "rgb.tif"
    source.tiffsave(str(path), tile=True, tile_width=256, tile_height=256, pyramid=True, compression="jpeg", Q=95)
    pyramid = PyramidFile(path)
    with Image.open(io.BytesIO(pyramid.read(Cell(0, 1, 1)))) as picture:
        assert np.abs(np.subtract(picture.convert("RGB").getpixel((9, 9)), (200, 120, 40))).max() <= 3


@pytest.mark.parametrize("options", [{"bigtiff": True}, {"bigtiff": False}])
def test_both_kinds_of_tiff(tmp_path: Path, options: dict[str, bool]) -> None:
    path = tmp_path / "t.tif"
    source = pyvips.Image.new_from_array(np.asarray(noise(600, 600)))
    source.tiffsave(str(path), tile=True, tile_width=256, tile_height=256, compression="jpeg", pyramid=True, **options)
    pyramid = PyramidFile(path)
    assert np.array_equal(decoded(pyramid.read(Cell(0, 1, 0))), level(pyramid, 0)[:256, 256:512])


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    for name, options in {"plain": {}, "deflate": {"tile": True, "compression": "deflate"}}.items():
        pyvips.Image.black(300, 300).tiffsave(str(tmp_path / name), **options)
        with pytest.raises(ValueError, match="pyramid"):
            PyramidFile(tmp_path / name)
    (tmp_path / "text").write_bytes(b"no TIFF at all")
    with pytest.raises(ValueError, match="pyramid"):
        PyramidFile(tmp_path / "text")
    with pytest.raises(FileNotFoundError):
        PyramidFile(tmp_path / "nothing")


@given(data=st.data())
def test_a_damaged_file_is_refused_or_read_and_nothing_else(
    file: PyramidFile, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever byte of it is wrong."""
    body = bytearray(file.path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        ends = st.one_of(st.integers(0, 2000), st.integers(len(body) - 4000, len(body) - 1))
        body[data.draw(ends)] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.tif"
    path.write_bytes(body[: data.draw(st.sampled_from([len(body), len(body) // 2, 100, 8, 0]))])
    try:
        damaged = PyramidFile(path)
        for number, here in enumerate(damaged.levels):
            damaged.read(Cell(number, 0, 0)) if here.offsets else None
    except ValueError:
        pass


def test_a_file_that_is_replaced_is_no_longer_current(tmp_path: Path) -> None:
    pyramid = written(noise(300, 300), tmp_path)
    assert pyramid.is_current
    written(noise(400, 300), tmp_path)
    assert not pyramid.is_current
    pyramid.path.unlink()
    assert not pyramid.is_current
    assert pyramid.read(Cell(0, 0, 0))[:2] == b"\xff\xd8"  # whoever has it open reads on
