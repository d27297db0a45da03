"""Pages that are mostly picture: plates, albums, Japanese prints, and real pages with something pasted in."""

from __future__ import annotations

import cv2
import numpy as np

from ml_backends.training.synthesis import cuts, text
from ml_backends.training.synthesis.cuts import LINE_ART, Supply
from ml_backends.training.synthesis.sheet import Sheet, margin, upright_sheet
from ml_backends.training.synthesis.text import Area


def plate(supply: Supply, rng: np.random.Generator) -> Sheet:
    """One picture on the whole page: print, map, drawing, photograph; margin and caption, or none."""
    sheet = upright_sheet(supply, rng, 0.62, 1.6)
    whole = sheet.area
    edge = rng.choice([0.0, rng.uniform(0.01, 0.06), rng.uniform(0.05, 0.22)], p=[0.15, 0.35, 0.5])
    x, y = int(whole.width * edge), int(whole.height * edge * rng.uniform(0.6, 1.3))
    sheet.picture(Area(x, y, whole.width - 2 * x, whole.height - 2 * y - (20 if edge > 0.05 else 0)))
    if edge > 0.05 and rng.random() < 0.7:
        sheet.headline(Area(x, whole.height - y - 14, whole.width - 2 * x, 16))
    if rng.random() < 0.15:
        _lettering(sheet)
    return sheet


def _lettering(sheet: Sheet) -> None:
    """Large words printed over the picture, as on posters and covers."""
    rng, whole = sheet.rng, sheet.area
    high = int(whole.height * rng.uniform(0.06, 0.2))
    x, y = int(whole.width * 0.1), int(rng.uniform(0.05, 0.7) * whole.height)
    spot = Area(x, y, int(whole.width * 0.8), high)
    sheet.ink[y : y + high, x : x + spot.width] **= rng.uniform(0.1, 1)
    sheet.headline(spot)


def album(supply: Supply, rng: np.random.Generator) -> Sheet:
    """Photographs, postcards, prints or specimens mounted in rows on card, with captions."""
    sheet = upright_sheet(supply, rng, 0.65, 1.5)
    card = (rng.uniform(0.05, 0.95) * rng.uniform(0.8, 1, 3)).astype(np.float32)
    rows, columns = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    wide, high = sheet.area.width / columns, sheet.area.height / rows
    names = ("photograph", "photograph", "colour") if rng.random() < 0.7 else ()
    sheet.ink *= card
    for row in range(rows):
        for k in range(columns):
            if rng.random() < 0.1:
                continue
            _mounted(sheet, Area(int(k * wide), int(row * high), int(wide), int(high)), names)
    return sheet


def _mounted(sheet: Sheet, cell: Area, names: tuple[str, ...]) -> None:
    rng = sheet.rng
    edge = int(min(cell.width, cell.height) * rng.uniform(0.04, 0.15))
    area = cell.inset(max(2, edge))
    part = cuts.picture(sheet.supply, area.width, max(8, area.height - 12), rng, names)
    border = int(rng.choice([0, 0, 2, 5]))
    sheet.ink[area.y : area.y + part.shape[0], area.x : area.x + part.shape[1]] = 0.97
    window = sheet.ink[area.y : area.y + part.shape[0], area.x : area.x + part.shape[1]]
    window[:] *= 1 - (1 - part[: window.shape[0], : window.shape[1]])
    if border:
        cv2.rectangle(window, (0, 0), (window.shape[1] - 1, window.shape[0] - 1), (0.95, 0.95, 0.93), border)
    sheet.mark(
        "illustration", area.x + border // 2, area.y + border // 2, window.shape[1] - border, window.shape[0] - border
    )
    if rng.random() < 0.5:
        text.handwriting(sheet.ink, Area(area.x, area.y + area.height - 11, area.width // 2, 10), 5, rng)


def japanese(supply: Supply, rng: np.random.Generator) -> Sheet:
    """Vertical text in a frame with column rules; line or colour prints with text beside or inside them."""
    sheet = upright_sheet(supply, rng, 1.2, 1.6)
    body = margin(sheet)
    size = int(rng.integers(8, 22))
    framed = rng.random() < 0.6
    if framed:
        sheet.border(Area(body.x - 5, body.y - 5, body.width + 10, body.height + 10))
    kind = rng.random()
    if kind < 0.35:
        text.vertical(sheet.ink, body, size, rng, rules=rng.random() < 0.5)
        return sheet
    if kind < 0.65:
        sheet.picture(body, LINE_ART)
        for _ in range(int(rng.integers(0, 3))):
            wide, high = int(body.width * rng.uniform(0.1, 0.35)), int(body.height * rng.uniform(0.1, 0.4))
            spot = Area(
                body.x + int(rng.random() * (body.width - wide)),
                body.y + int(rng.random() * (body.height - high)),
                wide,
                high,
            )
            if rng.random() < 0.6:
                sheet.ink[spot.y : spot.y + high, spot.x : spot.x + wide] **= 0.15
            text.vertical(sheet.ink, spot, max(6, size // 2), rng)
        return sheet
    return _japanese_mixed(sheet, body, size)


def _japanese_mixed(sheet: Sheet, body: Area, size: int) -> Sheet:
    rng = sheet.rng
    if rng.random() < 0.6:
        high = int(body.height * rng.uniform(0.25, 0.75))
        upper, lower = (
            Area(body.x, body.y, body.width, high),
            Area(body.x, body.y + high + 4, body.width, body.height - high - 4),
        )
    else:
        wide = int(body.width * rng.uniform(0.3, 0.7))
        upper, lower = (
            Area(body.x, body.y, wide, body.height),
            Area(body.x + wide + 4, body.y, body.width - wide - 4, body.height),
        )
    if rng.random() < 0.5:
        upper, lower = lower, upper
    sheet.picture(upper, LINE_ART)
    text.vertical(sheet.ink, lower, size, rng, rules=rng.random() < 0.3)
    return sheet


def host(supply: Supply, rng: np.random.Generator) -> Sheet:
    """A real page without pictures, on which pictures are pasted, or which stays as it is."""
    page = cuts.read(supply.hosts[int(rng.integers(len(supply.hosts)))])
    factor = rng.uniform(620, 900) / max(page.shape[:2])
    page = np.asarray(cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.float32)
    sheet = Sheet(page.shape[1], page.shape[0], supply, rng)
    sheet.ink = page.copy()
    paper = np.percentile(page.reshape(-1, 3), 88, axis=0).astype(np.float32)
    for _ in range(int(rng.choice([0, 1, 1, 1, 2, 3]))):
        _paste_on_host(sheet, paper)
    return sheet


def _overlaps(sheet: Sheet, area: Area) -> bool:
    """Whether something marked lies within `area`."""
    return any(
        x < area.x + area.width and area.x < x + w and y < area.y + area.height and area.y < y + h
        for _, x, y, w, h in sheet.boxes
    )


def _paste_on_host(sheet: Sheet, paper: np.ndarray) -> None:
    rng, whole = sheet.rng, sheet.area
    wide, high = (int(v) for v in np.array([whole.width, whole.height]) * rng.uniform(0.12, 0.8, 2))
    area = Area(int(rng.random() * (whole.width - wide)), int(rng.random() * (whole.height - high)), wide, high)
    if _overlaps(sheet, area):
        return
    sheet.ink[area.y : area.y + high, area.x : area.x + wide] = paper
    sheet.picture(area.inset(int(rng.uniform(2, 10))))
