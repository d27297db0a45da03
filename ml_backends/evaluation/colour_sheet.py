"""Photographs beside their grey versions and what a colouriser made of those, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from ml_backends.evaluation.colour import Compared
from ml_backends.types import Picture

EDGE, COLUMNS, GAP, LINE = 220, 3, 6, 18


def colour_sheet(compared: Sequence[Compared], path: Path, count: int = 36) -> int:
    """Writes a PNG of original, grey version and colourised one, side by side, for `count` pictures drawn evenly from
    all of them, best ones first; answers how many."""
    chosen = sorted(compared[:: max(len(compared) // count, 1)][:count], key=lambda one: one.difference)
    tiles = [_tile(one) for one in chosen]
    width, height = 3 * EDGE + 4 * GAP, EDGE + LINE + GAP
    rows = max(1, -(-len(tiles) // COLUMNS))
    sheet = Image.new("RGB", (width * COLUMNS, height * rows), "white")
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (width * (number % COLUMNS), height * (number // COLUMNS)))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return len(tiles)


def _tile(one: Compared) -> Picture:
    tile = Image.new("RGB", (3 * EDGE + 4 * GAP, EDGE + LINE + GAP), "white")
    for number, picture in enumerate((one.true, one.grey, one.painted)):
        small = picture.copy()
        small.thumbnail((EDGE, EDGE))
        tile.paste(small, (GAP + number * (EDGE + GAP), LINE))
    ImageDraw.Draw(tile).text((GAP, 3), f"{one.name[-60:]}  CIEDE2000 {one.difference:.1f}", fill="black")
    return tile
