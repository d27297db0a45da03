"""The worst mistakes of a backend on one picture, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from ml_backends.evaluation.detection import Judged, upright
from ml_backends.evaluation.matching import correct
from ml_backends.training.pages import PICTURE, opened
from ml_backends.types import Box

MARKED, RIGHT, WRONG = "#1f6f9b", "#3c8d40", "#9b2d1f"
TILE = (300, 380)


def contact_sheet(judged: Sequence[Judged], threshold: float, path: Path, count: int = 24) -> int:
    """Writes the `count` pages with the worst mistakes to the PNG file `path`; answers how many there were to show.

    Blue: marked by a person. Green: found and right. Red: found and wrong, with its score.
    """
    ranked = sorted(judged, key=lambda item: -mistake(item, threshold))
    worst = [item for item in ranked[:count] if mistake(item, threshold) > 0]
    columns = 6
    rows = max(1, -(-len(worst) // columns))
    sheet = Image.new("RGB", (TILE[0] * columns, TILE[1] * rows), "white")
    for number, item in enumerate(worst):
        sheet.paste(_tile(item, threshold), (TILE[0] * (number % columns), TILE[1] * (number // columns)))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return len(worst)


def mistake(item: Judged, threshold: float) -> float:
    """How bad a page went: the scores of false findings at the threshold, and one for each picture that was missed."""
    found, wanted, hit = _compared(item, threshold)
    return sum(score for (score, _), right in zip(found, hit, strict=True) if not right) + len(wanted) - sum(hit)


def _compared(item: Judged, threshold: float) -> tuple[list[tuple[float, Box]], list[Box], list[bool]]:
    shown = [(f.score or 0.0, upright(f)) for f in item.findings if f.label == PICTURE and f.region is not None]
    found = sorted((pair for pair in shown if pair[0] >= threshold), key=lambda pair: -pair[0])
    wanted = [region.box for region in item.page.regions if region.label == PICTURE]
    hit = correct([box for _, box in found], wanted)[:, 0]
    return found, wanted, [bool(h) for h in hit]


def _tile(item: Judged, threshold: float) -> Image.Image:
    picture = opened(item.page.path)
    draw, thick = ImageDraw.Draw(picture), max(2, max(picture.size) // 200)
    found, wanted, hit = _compared(item, threshold)
    for box in wanted:
        draw.rectangle(_corners(box, 2 * thick), outline=MARKED, width=thick)
    for (score, box), right in zip(found, hit, strict=True):
        colour = RIGHT if right else WRONG
        draw.rectangle(_corners(box), outline=colour, width=thick)
        draw.text((box.x + thick, box.y + thick), f"{score:.2f}", fill=colour, font_size=max(12, picture.height // 30))
    picture.thumbnail((TILE[0] - 6, TILE[1] - 24))
    tile = Image.new("RGB", TILE, "white")
    tile.paste(picture, (3, 20))
    ImageDraw.Draw(tile).text((4, 3), f"{item.page.group} {item.page.path.name}"[:48], fill="black")
    return tile


def _corners(box: Box, grow: int = 0) -> tuple[float, float, float, float]:
    return box.x - grow, box.y - grow, box.x + box.width + grow, box.y + box.height + grow
