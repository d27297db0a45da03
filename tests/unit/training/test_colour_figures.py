"""What is measured of a colouriser: figures of the literature, and the ways to fill in colours that it must beat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.Image import Image as Picture

from ml_backends.colour import lab
from ml_backends.evaluation.colour import (
    Compared,
    best_tint,
    colourfulness,
    compare,
    difference,
    figures,
    report,
    tinted,
)
from ml_backends.evaluation.colour_folder import evaluate_photographs
from ml_backends.evaluation.colour_sheet import colour_sheet
from ml_backends.training.pages import UnreadableData
from ml_backends.types import Finding
from tests.landscapes import landscape


def silent(done: int, total: int, doing: str) -> None:
    """Tells nobody."""


def bluish(pictures: Sequence[Picture]) -> list[list[Finding]]:
    """Paints everything in one blue."""
    return [[Finding("painting", label="colourised", picture=tinted(p, (0, -20)))] for p in pictures]


def declining(pictures: Sequence[Picture]) -> list[list[Finding]]:
    return [[Finding("classifying", label="in colour", score=1.0)] for _ in pictures]


def test_colour_difference_of_two_colours_that_sharma_published() -> None:
    """Sharma, Wu and Dalal (2005), pair 17 of the test data: 27.1492 between Lab (50, 2.5, 0) and (73, 25, -18)."""
    pair = (np.array([[[50, 2.5, 0]]], np.float64), np.array([[[73, 25, -18]]], np.float64))
    from skimage.color import lab2rgb

    first, second = (np.rint(lab2rgb(one) * 255).astype(np.uint8) for one in pair)
    assert difference(first, second) == pytest.approx(27.15, abs=0.5)  # in bytes


def test_colourfulness_is_nothing_for_grey_and_much_for_red_beside_green() -> None:
    grey = np.full((10, 10, 3), 120, np.uint8)
    bright = np.zeros((10, 10, 3), np.uint8)
    bright[:5, :, 0], bright[5:, :, 1] = 255, 255
    assert colourfulness(grey) == 0
    assert colourfulness(bright) == pytest.approx(255 + 0.3 * 127.5)  # rg: deviation 255, mean 0; yb: 0 and 127.5


def test_the_same_picture_is_no_different() -> None:
    pixels = np.asarray(landscape(1))
    same = figures([(pixels, pixels)])
    assert (same.ciede2000, same.psnr) == (0, 100) and same.ssim == pytest.approx(1)


def test_every_way_is_measured_on_the_same_pictures() -> None:
    shown = [compare(bluish, f"p{n}", "left" if n < 2 else "right", landscape(n)) for n in range(3)]
    found = report(shown, (1.0, 2.0))
    assert found.methods.keys() == {"true", "colorize", "grey", "sepia", "best constant tint"}
    assert {name: methods["colorize"].pictures for name, methods in found.groups.items()} == {"left": 2, "right": 1}
    mean = sum(one.difference for one in shown) / 3
    assert found.methods["colorize"].ciede2000 == pytest.approx(mean)
    assert found.as_dict()["best_constant_tint"] == (1.0, 2.0)
    assert found.methods["true"].ciede2000 == 0 < found.methods["grey"].ciede2000 < found.methods["sepia"].ciede2000


def test_what_is_declined_stays_grey() -> None:
    shown = compare(declining, "p", "all", landscape(2))
    assert shown.painted is shown.grey
    assert report([shown]).methods["colorize"] == report([shown]).methods["grey"]


def test_the_colouriser_is_shown_no_colour() -> None:
    seen: list[Picture] = []

    def look(pictures: Sequence[Picture]) -> list[list[Finding]]:
        seen.extend(pictures)
        return bluish(pictures)

    true = landscape(3)
    compare(look, "p", "all", true)
    pixels = np.asarray(seen[0])
    assert (pixels.max(-1) == pixels.min(-1)).all()
    assert np.abs(lab.lightness(pixels) - lab.lightness(np.asarray(true))).max() < 0.4


def test_the_best_tint_is_that_of_a_tinted_picture() -> None:
    grey = Image.fromarray(np.random.default_rng(1).integers(60, 200, (50, 60), dtype=np.uint8)).convert("RGB")
    found = best_tint([tinted(grey, (4, 10))] * 2)
    assert found == pytest.approx((4, 10), abs=1)


def test_a_sheet_of_nothing_and_of_many(tmp_path: Path) -> None:
    one = compare(bluish, "p", "all", landscape(1))
    assert colour_sheet([], tmp_path / "none.png") == 0
    assert colour_sheet([one] * 50, tmp_path / "many.png", count=7) == 7
    assert isinstance(one, Compared) and (tmp_path / "none.png").is_file()


def test_a_folder_is_measured_at_the_size_that_is_kept(tmp_path: Path) -> None:
    for number in range(3):
        landscape(number).resize((800, 600)).save(tmp_path / f"{number}.png")
    found = evaluate_photographs(bluish, tmp_path, ("train", "val", "test"), tmp_path / "out", silent)
    assert found.methods["grey"].pictures == 3
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"report.json", "before-after.png"}


def test_a_folder_without_photographs_in_the_split(tmp_path: Path) -> None:
    landscape(1).convert("L").save(tmp_path / "grey.png")
    with pytest.raises(UnreadableData, match="no photograph in colour in the splits test"):
        evaluate_photographs(bluish, tmp_path, ("test",), None, silent)
