"""Pages that are mostly text: newspapers, books, title pages, and pages without any picture."""

from __future__ import annotations

import numpy as np

from ml_backends.training.synthesis import ink, text
from ml_backends.training.synthesis.cuts import PRESS, Supply
from ml_backends.training.synthesis.sheet import Sheet, margin, upright_sheet
from ml_backends.training.synthesis.text import Area


def _advertisement(sheet: Sheet, area: Area) -> None:
    """Bordered, with display type, perhaps with a small cut."""
    rng = sheet.rng
    if rng.random() < 0.75:
        sheet.border(area)
    inner = area.inset(6)
    top = inner.y
    if rng.random() < 0.22 and min(inner.width, inner.height) > 50:
        high = int(inner.height * rng.uniform(0.3, 0.6))
        wide = int(min(inner.width, high * rng.uniform(0.7, 1.8)))
        sheet.picture(Area(inner.x + (inner.width - wide) // 2, top, wide, high), PRESS)
        top += high + 3
    while top < inner.y + inner.height - 8:
        high = int(min(rng.uniform(8, 60), inner.y + inner.height - top))
        part = Area(inner.x, top, inner.width, max(6, high))
        (sheet.headline if rng.random() < 0.6 else sheet.text)(part)
        top += high + int(rng.uniform(1, 5))


def _fill(sheet: Sheet, area: Area, pictures: float, ads: float) -> None:
    """Fills a column from top to bottom with articles, and with pictures and advertisements at these rates."""
    rng, top, end = sheet.rng, area.y, area.y + area.height
    while top < end - 20:
        kind, left = rng.random(), end - top
        if kind < pictures and left > 60:
            high = int(min(left - 16, area.width * rng.uniform(0.4, 1.5)))
            sheet.picture(Area(area.x, top, area.width, high), PRESS)
            if rng.random() < 0.7:
                sheet.text(Area(area.x, top + high + 3, area.width, 10), ragged=True)
                high += 13
        elif kind < pictures + ads and left > 40:
            high = int(min(left, rng.uniform(40, 220)))
            _advertisement(sheet, Area(area.x, top, area.width, high))
        elif kind < pictures + ads + 0.3:
            high = int(min(left, rng.uniform(12, 40)))
            sheet.headline(Area(area.x, top, area.width, high))
        else:
            high = int(min(left, rng.uniform(60, 400)))
            sheet.text(Area(area.x, top, area.width, high))
        top += high + int(rng.uniform(2, 10))


def newspaper(supply: Supply, rng: np.random.Generator) -> Sheet:
    """Columns with rules, headlines, advertisements; pictures over one or more columns, or none."""
    sheet = upright_sheet(supply, rng, 1.2, 1.6)
    sheet.size = int(rng.integers(4, 8))
    body = margin(sheet)
    if rng.random() < 0.5:
        high = int(body.height * rng.uniform(0.05, 0.15))
        sheet.headline(Area(body.x, body.y, body.width, high))
        body = Area(body.x, body.y + high + 6, body.width, body.height - high - 6)
    pictures, ads = (rng.uniform(0.05, 0.35), rng.uniform(0, 0.5)) if rng.random() < 0.7 else (0.0, rng.uniform(0, 0.8))
    if pictures and rng.random() < 0.4:
        high = int(body.height * rng.uniform(0.15, 0.5))
        wide = int(body.width * float(rng.choice([1.0, 0.5, 0.66])))
        sheet.picture(Area(body.x, body.y, wide, high), PRESS)
        if wide < body.width - 60:
            _fill(sheet, Area(body.x + wide + 8, body.y, body.width - wide - 8, high), pictures, ads)
        body = Area(body.x, body.y + high + 8, body.width, body.height - high - 8)
    count = int(rng.integers(2, 8))
    pitch = body.width / count
    for k in range(count):
        _fill(sheet, Area(int(body.x + k * pitch), body.y, int(pitch - 6), body.height), pictures, ads)
        if k and rng.random() < 0.9:
            sheet.rule(body.x + k * pitch - 3, body.y, body.x + k * pitch - 3, body.y + body.height)
    return sheet


def _running_head(sheet: Sheet, body: Area) -> Area:
    if sheet.rng.random() < 0.7:
        sheet.headline(Area(body.x, max(0, body.y - 16), body.width, 13))
    if sheet.rng.random() < 0.25:
        high = int(sheet.rng.uniform(15, 70))
        sheet.small("ornament", Area(body.x, body.y, body.width, high))
        return Area(body.x, body.y + high + 8, body.width, body.height - high - 8)
    return body


def _initial(sheet: Sheet, area: Area) -> Area:
    """Starts a text with a drop capital; answers the text's area beneath."""
    size = int(min(area.width * 0.4, sheet.size * int(sheet.rng.integers(2, 8))))
    if size < 12 or area.height < size + 30:
        return area
    sheet.small("initial", Area(area.x, area.y, size, size))
    sheet.text(Area(area.x + size + 3, area.y, area.width - size - 3, size))
    return Area(area.x, area.y + size, area.width, area.height - size)


def _prose(sheet: Sheet, area: Area, pictures: float) -> None:
    """A column of book text, with a picture set into it at that chance and an initial now and then."""
    rng = sheet.rng
    if rng.random() < 0.2:
        area = _initial(sheet, area)
    if rng.random() >= pictures or area.height < 120:
        sheet.text(area, ragged=rng.random() < 0.2)
        return
    high = int(area.height * rng.uniform(0.12, 0.8))
    wide = int(area.width * (1.0 if rng.random() < 0.55 else rng.uniform(0.25, 0.9)))
    above = int((area.height - high) * rng.random())
    x = area.x + int((area.width - wide) * rng.choice([0, 0.5, 1]))
    if above > 12:
        _prose(sheet, Area(area.x, area.y, area.width, above - 6), pictures * 0.4)
    sheet.picture(Area(x, area.y + above, wide, high))
    beside = area.width - wide - 8
    if beside > 50 and x != area.x + int((area.width - wide) * 0.5):
        sheet.text(Area(area.x if x > area.x else area.x + wide + 8, area.y + above, beside, high))
    rest = area.height - above - high - 8
    if rest > 12:
        _prose(sheet, Area(area.x, area.y + above + high + 8, area.width, rest), pictures * 0.4)


def book(supply: Supply, rng: np.random.Generator) -> Sheet:
    """One or two columns of text, with pictures, ornaments, initials, or none of them."""
    sheet = upright_sheet(supply, rng)
    body = _running_head(sheet, margin(sheet))
    pictures = 0.8 if rng.random() < 0.65 else 0.0
    count = int(rng.choice([1, 1, 1, 2, 2, 3]))
    pitch = body.width / count
    for k in range(count):
        _prose(
            sheet, Area(int(body.x + k * pitch), body.y, int(pitch - (10 if count > 1 else 0)), body.height), pictures
        )
    if rng.random() < 0.12:
        sheet.small(
            "stamp",
            Area(body.x + int(body.width * rng.random() * 0.7), body.y + int(body.height * rng.random() * 0.8), 60, 45),
        )
    return sheet


def title(supply: Supply, rng: np.random.Generator) -> Sheet:
    """A title page: centred lines of many sizes, with a cut, device or ornament, or none, perhaps in a border."""
    sheet = upright_sheet(supply, rng)
    body = margin(sheet)
    if rng.random() < 0.35:
        sheet.border(Area(body.x - 6, body.y - 6, body.width + 12, body.height + 12))
    middle = int(body.height * rng.uniform(0.25, 0.6))
    high = int(body.height * rng.uniform(0.1, 0.4))
    sheet.headline(Area(body.x, body.y, body.width, middle - 8))
    kind, wide = rng.random(), int(body.width * rng.uniform(0.2, 0.95))
    spot = Area(body.x + (body.width - wide) // 2, body.y + middle, wide, high)
    if kind < 0.5:
        sheet.picture(spot)
    elif kind < 0.7:
        sheet.small("ornament", spot)
    rest = Area(body.x, body.y + middle + high + 8, body.width, max(20, body.height - middle - high - 8))
    sheet.headline(rest)
    if rng.random() < 0.2:
        sheet.small("stamp", Area(body.x + int(rng.random() * body.width * 0.7), rest.y, 70, 50))
    return sheet


def plain(supply: Supply, rng: np.random.Generator) -> Sheet:
    """No picture at all: blank leaf, cover, marbled paper, table, letter, music, form, index."""
    sheet = upright_sheet(supply, rng)
    body, kind = margin(sheet), rng.random()
    if kind < 0.12:
        pass
    elif kind < 0.3:
        _cover(sheet)
    elif kind < 0.5:
        text.table(sheet.ink, body, sheet.script, rng)
    elif kind < 0.72:
        text.handwriting(sheet.ink, body, int(rng.integers(8, 18)), rng)
    elif kind < 0.85:
        text.staves(sheet.ink, body, rng)
    else:
        _advertisement(sheet, body)
    return sheet


def _cover(sheet: Sheet) -> None:
    """A binding: cloth, leather or marbled paper, perhaps with a label."""
    rng, (height, width) = sheet.rng, sheet.ink.shape[:2]
    tone = rng.uniform(0.05, 0.8, 3).astype(np.float32)
    grain = ink.smooth_noise((height, width), rng.uniform(2, 30), rng)[..., None]
    sheet.ink *= tone * (1 - 0.5 * rng.random() * grain)
    if rng.random() < 0.3:
        veins = np.sin(12 * ink.smooth_noise((height, width), rng.uniform(20, 60), rng) + rng.uniform(0, 6))[..., None]
        sheet.ink *= 1 - 0.4 * (veins > 0.3) * rng.random(3).astype(np.float32)
    if rng.random() < 0.6:
        wide, high = int(width * rng.uniform(0.2, 0.5)), int(height * rng.uniform(0.06, 0.2))
        x, y = int(rng.random() * (width - wide)), int(rng.random() * (height - high))
        sheet.ink[y : y + high, x : x + wide] = rng.uniform(0.8, 1, 3)
        sheet.headline(Area(x, y, wide, high))
