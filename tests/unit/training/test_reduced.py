"""What a model is shown when it is measured is what the product would show it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.Image import Image as Picture

from ml_backends.evaluation.detection import judge
from ml_backends.evaluation.reduced import reduced
from ml_backends.training.pages import Page, Region
from ml_backends.training.synthesis import compose
from ml_backends.types import Box, Finding, Polygon

ORIENTATION = 274


def corner(pictures: Sequence[Picture]) -> list[list[Finding]]:
    """Finds the upper left quarter of each picture twice, and something about the whole."""
    found = []
    for picture in pictures:
        w, h = picture.width / 2, picture.height / 2
        regions = (Box(0, 0, w, h), Polygon(((0, 0), (w, 0), (w, h))), None)
        found.append([Finding("tagging", region) for region in regions])
    return found


def test_a_large_picture_is_shown_small_and_findings_are_told_in_its_pixels() -> None:
    sizes = []

    def watched(pictures: Sequence[Picture]) -> list[list[Finding]]:
        sizes.extend(picture.size for picture in pictures)
        return corner(pictures)

    (box, outline, whole), small = reduced(watched, 100)([Image.new("RGB", (800, 400)), Image.new("RGB", (60, 90))])
    assert sizes == [(100, 50), (60, 90)]
    assert box.region == Box(0, 0, 400, 200)
    assert outline.region == Polygon(((0, 0), (400, 0), (400, 200)))
    assert whole.region is None
    assert small[0].region == Box(0, 0, 30, 45)


@pytest.fixture()
def turned(tmp_path: Path) -> Page:
    """A file that lies on its side, black where the region is that was marked on it upright."""
    upright = np.full((400, 200), 255, np.uint8)
    upright[300:380, 120:180] = 0
    path = tmp_path / "page.jpg"
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned by a quarter to the right
    Image.fromarray(np.rot90(upright).copy()).save(path, exif=exif, quality=95)
    return Page(path, 200, 400, (Region("illustration", Box(120, 300, 60, 80)),))


def test_a_page_that_lies_on_its_side_is_judged_upright(turned: Page) -> None:
    judged = judge(corner, [turned], lambda done, total, text: None)
    assert judged[0].findings[0].region == Box(0, 0, 100, 200)


def test_a_page_that_lies_on_its_side_is_trained_upright(turned: Page) -> None:
    ink, boxes = compose.plain(turned)
    _, x, y, width, height = (round(float(value)) for value in boxes[0])
    assert ink.shape[0] == 2 * ink.shape[1]
    assert ink[y + 4 : y + height - 4, x + 4 : x + width - 4].max() < 0.2
    assert ink[: y - 4].min() > 0.8
