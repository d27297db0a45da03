"""Pages with head- and tail-pieces, initials and stamps, most of them without a picture; and pages with many cuts."""

from __future__ import annotations

import numpy as np

from ml_backends.training.synthesis import cuts
from ml_backends.training.synthesis.cuts import PRESS, Supply
from ml_backends.training.synthesis.ink import smooth_noise
from ml_backends.training.synthesis.sheet import Sheet, margin, upright_sheet
from ml_backends.training.synthesis.text import Area


def ornamented(supply: Supply, rng: np.random.Generator) -> Sheet:
    """The beginning or the end of a text, or both: head-piece, title, initial, text, tail-piece; now and then a cut."""
    sheet = upright_sheet(supply, rng)
    body = margin(sheet)
    begins, ends = rng.random() < 0.6, rng.random() < 0.6
    if begins:
        body = _beginning(sheet, body)
    if rng.random() < 0.25 and body.height > 260:
        high = int(body.height * rng.uniform(0.25, 0.5))
        sheet.picture(Area(body.x, body.y, body.width, high))
        body = Area(body.x, body.y + high + 6, body.width, body.height - high - 6)
    filled = int(body.height * rng.uniform(0.2, 0.75)) if ends else body.height
    sheet.text(Area(body.x, body.y, body.width, filled), ragged=rng.random() < 0.3)
    if ends:
        _ending(sheet, Area(body.x, body.y + filled + 8, body.width, body.height - filled - 8))
    for _ in range(int(rng.choice([0, 0, 1, 2]))):
        _stamp(sheet)
    return sheet


def _beginning(sheet: Sheet, body: Area) -> Area:
    """A head-piece, a title and an initial; answers what is left of `body`."""
    rng, top = sheet.rng, body.y
    if rng.random() < 0.8:
        high = int(body.width * rng.uniform(0.04, 0.3))
        sheet.small("ornament", Area(body.x, top, body.width, high))
        top += high + 6
    high = int(rng.uniform(20, 90))
    sheet.headline(Area(body.x, top, body.width, high))
    top += high + 6
    if rng.random() < 0.75:
        size = int(body.width * rng.uniform(0.08, 0.28))
        sheet.small("initial", Area(body.x, top, size, size))
        sheet.text(Area(body.x + size + 4, top, body.width - size - 4, size))
        top += size + 3
    return Area(body.x, top, body.width, max(40, body.y + body.height - top))


def _ending(sheet: Sheet, rest: Area) -> None:
    """A tail-piece in the middle of what is left, with white around it; or a small picture, as chapbooks end with."""
    rng = sheet.rng
    wide = int(rest.width * rng.uniform(0.12, 0.75))
    high = int(min(rest.height, wide * rng.uniform(0.3, 1.1)))
    if min(wide, high) < 16:
        return
    above = int((rest.height - high) * rng.uniform(0, 0.6))
    spot = Area(rest.x + (rest.width - wide) // 2, rest.y + above, wide, high)
    if sheet.supply.pictures and rng.random() < 0.3:  # the place alone makes no ornament
        sheet.cut(spot)
    else:
        sheet.small("ornament", spot)


def _stamp(sheet: Sheet) -> None:
    rng, whole = sheet.rng, sheet.area
    wide = int(whole.width * rng.uniform(0.07, 0.24))
    high = int(wide * rng.choice([1.0, rng.uniform(0.4, 1.0)]))
    x, y = int(rng.random() * (whole.width - wide)), int(rng.random() * (whole.height - high))
    sheet.small("stamp", Area(x, y, wide, max(12, high)))


def stamp_over(sheet: Sheet) -> None:
    """A library's stamp over a corner of something that is marked, as they are found on plates and title pages."""
    rng = sheet.rng
    if not len(sheet.boxes):
        return
    _, x, y, width, height = sheet.boxes[int(rng.integers(len(sheet.boxes)))]
    side = int(np.clip(min(width, height) * rng.uniform(0.2, 0.65), 24, 180))
    corner_x, corner_y = x + width * rng.integers(2), y + height * rng.integers(2)
    left, top = corner_x - side * rng.uniform(0.3, 0.9), corner_y - side * rng.uniform(0.3, 0.9)
    inside = sheet.area.width - side - 1, sheet.area.height - side - 1
    spot = Area(int(np.clip(left, 0, max(0, inside[0]))), int(np.clip(top, 0, max(0, inside[1]))), side, side)
    sheet.small("stamp", spot)


def ended(supply: Supply, rng: np.random.Generator) -> Sheet:
    """A real page without pictures whose text breaks off, with an ornament below, and stamps."""
    page = cuts.read(supply.hosts[int(rng.integers(len(supply.hosts)))])
    sheet = Sheet(page.shape[1], page.shape[0], supply, rng)
    sheet.ink = page.copy()
    height, width = page.shape[:2]
    end = int(height * rng.uniform(0.25, 0.75))
    paper = np.percentile(page.reshape(-1, 3), 85, axis=0).astype(np.float32)
    sides = slice(int(width * 0.08), int(width * 0.92))
    blank = paper * (1 - 0.06 * smooth_noise((height - end, width), 80, rng))[..., None]
    sheet.ink[end : int(height * 0.94), sides] = blank[: int(height * 0.94) - end, sides]
    _ending(sheet, Area(int(width * 0.12), end + 10, int(width * 0.76), int(height * 0.9) - end - 10))
    for _ in range(int(rng.choice([0, 0, 1, 2]))):
        _stamp(sheet)
    return sheet


def cuts_in_text(supply: Supply, rng: np.random.Generator) -> Sheet:
    """Many small pictures between short texts: emblem books, primers, catalogues, dictionaries, herbals."""
    sheet = upright_sheet(supply, rng)
    sheet.size = int(rng.integers(6, 13))
    body = margin(sheet)
    columns, rows = int(rng.integers(1, 4)), int(rng.integers(2, 6))
    wide, high = body.width / columns, body.height / rows
    part, beside = rng.uniform(0.25, 0.7), rng.random() < 0.5
    for row in range(rows):
        for k in range(columns):
            cell = Area(int(body.x + k * wide), int(body.y + row * high), int(wide - 8), int(high - 8))
            _entry(sheet, cell, part if rng.random() < 0.75 else 0.0, beside)
    return sheet


def _entry(sheet: Sheet, cell: Area, part: float, beside: bool) -> None:
    across, down = (int(cell.width * part), cell.height) if beside else (cell.width, int(cell.height * part))
    if part and min(across, down) > 24:
        sheet.picture(Area(cell.x, cell.y, across, down), PRESS)
    else:
        across, down = (0, down) if beside else (across, 0)
    if beside:
        sheet.text(Area(cell.x + across + 4, cell.y, max(8, cell.width - across - 4), cell.height))
    else:
        sheet.text(Area(cell.x, cell.y + down + 4, cell.width, max(8, cell.height - down - 4)))
