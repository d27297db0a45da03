"""Synthetic pages: the same for the same seed, boxes where the ink is, nothing marked on pages without pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml_backends.training import readers
from ml_backends.training.pages import LABELS
from ml_backends.training.synthesis import compose, cuts, drawings, ink, letterpress, ornamented, ornaments, paper
from ml_backends.training.synthesis.cuts import Supply
from ml_backends.training.synthesis.layouts import LAYOUTS
from ml_backends.training.synthesis.sheet import Sheet
from ml_backends.training.synthesis.text import Area


@pytest.fixture(scope="module")
def supply(detector_pages: Path) -> Supply:
    pages = readers.read(detector_pages)
    return compose.supply_of(pages, [page.path for page in pages if page.has_picture])


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_marks_boxes_inside_the_page(supply: Supply, name: str) -> None:
    for seed in range(4):
        sheet = LAYOUTS[name][0](supply, np.random.default_rng(seed))
        height, width = sheet.ink.shape[:2]
        assert 0 <= sheet.ink.min() < sheet.ink.max() <= 1.0001
        assert (sheet.boxes[:, 1:3] >= 0).all()
        assert (sheet.boxes[:, 1] + sheet.boxes[:, 3] <= width).all()
        assert (sheet.boxes[:, 2] + sheet.boxes[:, 4] <= height).all()


def test_the_same_seed_makes_the_same_page(supply: Supply) -> None:
    (first, boxes), (again, same) = compose.synthetic(supply, 7), compose.synthetic(supply, 7)
    assert np.array_equal(first, again)
    assert np.array_equal(boxes, same)
    assert not np.array_equal(first.shape, ()) and max(first.shape) >= compose.LONG_SIDE


def test_a_page_without_pictures_marks_none(supply: Supply) -> None:
    marked = [letterpress.plain(supply, np.random.default_rng(seed)).boxes for seed in range(12)]
    covers = [boxes for boxes in marked if not len(boxes)]
    assert len(covers) >= 8  # an advertisement may hold a small cut


@pytest.mark.parametrize("name", ink.TECHNIQUES)
def test_every_technique_leaves_ink_on_paper(supply: Supply, name: str) -> None:
    rng = np.random.default_rng(5)
    printed = ink.TECHNIQUES[name][0](cuts.photograph(supply, 120, 90, rng), rng)
    assert printed.shape == (90, 120, 3)
    assert printed.dtype == np.float32
    assert 0 <= printed.min() < printed.max() <= 1.0001


def test_drawings_have_the_size_that_was_asked_for() -> None:
    for seed in range(8):
        drawn = drawings.drawing(130, 90, np.random.default_rng(seed))
        assert drawn.shape == (90, 130, 3)
        assert drawn.min() < 0.5


def test_boxes_follow_the_page_that_is_turned() -> None:
    page = np.ones((200, 150, 3), np.float32)
    page[50:100, 30:90] = 0
    for seed in range(10):
        scene, boxes = paper.on_ground(page, np.array([[0, 30, 50, 60, 50]], np.float32), np.random.default_rng(seed))
        _, x, y, width, height = boxes[0].round().astype(int)
        inside = scene[y + 4 : y + height - 4, x + 4 : x + width - 4]
        assert inside.mean() < 0.15


def test_a_real_page_keeps_its_regions(detector_pages: Path) -> None:
    page = next(page for page in readers.read(detector_pages) if page.has_picture)
    image, boxes = compose.plain(page)
    factor = compose.LONG_SIDE / max(page.width, page.height)
    assert max(image.shape) == compose.LONG_SIDE
    assert [LABELS[int(k)] for k in boxes[:, 0]] == [region.label for region in page.regions]
    assert boxes[0, 3] == pytest.approx(page.regions[0].box.width * factor, rel=0.01)


@pytest.mark.parametrize("label", ornaments.MADE)
def test_what_is_no_picture_is_drawn_where_the_supply_has_none(supply: Supply, label: str) -> None:
    bare = Supply(supply.photographs, (), (), (), (), ())
    for seed in range(6):
        sheet = Sheet(300, 200, bare, np.random.default_rng(seed))
        sheet.small(label, Area(20, 30, 200, 60))
        ((number, x, y, width, height),) = sheet.boxes
        assert LABELS[int(number)] == label
        assert x >= 20 and y >= 30 and x + width <= 220 and y + height <= 90
        assert sheet.ink[int(y) : int(y + height), int(x) : int(x + width)].min() < 0.8


def test_ornaments_are_as_large_as_asked_and_symmetrical_ones_are() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert ornaments.ornament(120, 90, rng).shape == (90, 120, 3)
        assert ornaments.ornament(160, 20, rng).shape == (20, 160, 3)
    piece = ornaments.tailpiece(101, 80, np.random.default_rng(1))
    assert np.mean(piece[:, :40] == piece[:, ::-1][:, :40]) > 0.95


def ends(supply: Supply) -> list[set[str]]:
    """What twelve pages show whose text breaks off."""
    pages = [ornamented.ended(supply, np.random.default_rng(seed)) for seed in range(12)]
    return [{LABELS[int(k)] for k in page.boxes[:, 0]} for page in pages]


def test_a_text_that_ends_shows_an_ornament_and_no_picture(supply: Supply) -> None:
    found = ends(replace(supply, pictures=()))
    assert all(kinds <= {"ornament", "stamp"} for kinds in found) and any("ornament" in kinds for kinds in found)


def test_a_text_ends_with_a_small_picture_at_times(supply: Supply) -> None:
    found = ends(supply)
    assert {"illustration"} <= set().union(*found) and not any(kinds >= {"illustration", "ornament"} for kinds in found)


def test_a_stamp_lies_over_the_edge_of_what_is_marked(supply: Supply) -> None:
    for seed in range(8):
        sheet = Sheet(400, 600, supply, np.random.default_rng(seed))
        sheet.cut(Area(100, 200, 200, 150))
        marked, before = sheet.boxes[0], sheet.ink.copy()
        ornamented.stamp_over(sheet)
        (_, x, y, width, height), (label, left, top, wide, high) = sheet.boxes
        assert (sheet.boxes[0] == marked).all() and LABELS[int(label)] == "stamp"
        assert left < x + width and x < left + wide and top < y + height and y < top + high  # they share ground
        assert (sheet.ink <= before).all() and (sheet.ink < before).any()


def test_some_copies_of_a_real_page_are_stamped_over_what_is_marked(detector_pages: Path, supply: Supply) -> None:
    page = next(page for page in readers.read(detector_pages) if page.has_picture)
    before = [region.label for region in page.regions]
    copies = [[LABELS[int(k)] for k in compose.varied(page, supply, seed)[1][:, 0]] for seed in range(20)]
    assert all(labels in (before, [*before, "stamp"]) for labels in copies)
    assert 0 < sum(len(labels) > len(before) for labels in copies) < 14


def test_where_nothing_is_marked_there_is_no_stamp(supply: Supply) -> None:
    sheet = Sheet(400, 600, supply, np.random.default_rng(1))
    ornamented.stamp_over(sheet)
    assert not len(sheet.boxes)
