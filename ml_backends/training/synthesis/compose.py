"""Whole synthetic pages: a layout printed on paper, photographed, and written out with its boxes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ml_backends.training.pages import LABELS, Page, Region
from ml_backends.training.synthesis import cuts, ornamented, paper
from ml_backends.training.synthesis.cuts import Cut, Supply
from ml_backends.training.synthesis.ink import Ink
from ml_backends.training.synthesis.layouts import LAYOUTS, ON_SCANS
from ml_backends.training.synthesis.paper import Boxes
from ml_backends.training.synthesis.sheet import Sheet
from ml_backends.types import Box

LONG_SIDE = 768
"""Training pages are written with this long side, in pixels, where the network does not see more."""


def supply_of(pages: Sequence[Page], photographs: Sequence[Path] = ()) -> Supply:
    """What `pages` (training pages only, please) and photographs offer for pasting."""

    def all_of(label: str) -> tuple[Cut, ...]:
        found = ((p.path, r.box) for p in pages for r in p.regions if r.label == label)
        return tuple(Cut(path, (b.x, b.y, b.width, b.height)) for path, b in found if min(b.width, b.height) > 24)

    empty = tuple(p.path for p in pages if not p.regions)
    return Supply(
        tuple(photographs),
        all_of("illustration"),
        all_of("ornament"),
        all_of("initial"),
        all_of("stamp"),
        empty,
    )


def _sheet(supply: Supply, name: str, rng: np.random.Generator) -> tuple[Ink, Boxes]:
    sheet = LAYOUTS[name][0](supply, rng)
    if rng.random() < 0.2:
        ornamented.stamp_over(sheet)
    page = sheet.ink
    if name not in ON_SCANS:
        ground = paper.paper(page.shape[0], page.shape[1], rng)
        if rng.random() < 0.3:
            ground = paper.show_through(ground, np.roll(page, int(rng.integers(-20, 20)), 0), rng)
        page = ground * page
    if rng.random() < 0.3:
        page = paper.gutter(page, rng)
    return page, sheet.boxes


def _layout(supply: Supply, rng: np.random.Generator) -> str:
    names = [name for name in LAYOUTS if name not in ON_SCANS or supply.hosts]
    weights = np.array([LAYOUTS[name][1] for name in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def synthetic(supply: Supply, seed: int, long_side: int = LONG_SIDE) -> tuple[Ink, Boxes]:
    """A page out of nothing, the same for the same seed: an RGB image in 0..1 and its boxes."""
    rng = np.random.default_rng(seed)
    name = _layout(supply, rng)
    made = _sheet(supply, name, rng)
    if rng.random() < (0.35 if name == "japanese" else 0.12):
        made = paper.spread(made, _sheet(supply, name, rng), rng)
    return finish(*made, rng, long_side)


def varied(page: Page, supply: Supply, seed: int, long_side: int = LONG_SIDE) -> tuple[Ink, Boxes]:
    """A real page as another camera might have seen it, every other one after a library has stamped it."""
    rng = np.random.default_rng(seed)
    pixels, boxes = _real(page)
    if rng.random() < 0.5:
        pixels, boxes = _stamped(pixels, boxes, supply, rng)
    return finish(pixels, boxes, rng, long_side)


def _stamped(pixels: Ink, boxes: Boxes, supply: Supply, rng: np.random.Generator) -> tuple[Ink, Boxes]:
    sheet = Sheet(pixels.shape[1], pixels.shape[0], supply, rng)
    sheet.ink = pixels
    for label, *box in boxes:
        sheet.mark(LABELS[int(label)], *box)
    ornamented.stamp_over(sheet)
    return sheet.ink, sheet.boxes


def plain(page: Page, long_side: int = LONG_SIDE) -> tuple[Ink, Boxes]:
    """A real page as it is, at the size of training pages."""
    return _resized(*_real(page), long_side)


def _real(page: Page) -> tuple[Ink, Boxes]:
    pixels = cuts.read(page.path)
    factor = pixels.shape[1] / page.width
    rows = [[LABELS.index(r.label), *(v * factor for v in xywh(r))] for r in page.regions]
    return pixels.copy(), np.array(rows, np.float32).reshape(-1, 5)


def _resized(page: Ink, boxes: Boxes, long_side: int) -> tuple[Ink, Boxes]:
    factor = long_side / max(page.shape[:2])
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    page = np.asarray(cv2.resize(page, None, fx=factor, fy=factor, interpolation=how), np.float32)
    return np.clip(page, 0, 1), boxes * np.array([1, factor, factor, factor, factor], np.float32)


def xywh(region: Region) -> tuple[float, float, float, float]:
    """The box of a region as a tuple."""
    box: Box = region.box
    return box.x, box.y, box.width, box.height


def finish(page: Ink, boxes: Boxes, rng: np.random.Generator, long_side: int) -> tuple[Ink, Boxes]:
    """Photographs a page: ground and skew, camera, size."""
    page, boxes = _resized(page, boxes, long_side)
    if rng.random() < 0.6:
        page, boxes = paper.on_ground(page, boxes, rng)
    page = paper.develop(page, rng)
    kept = boxes[(boxes[:, 3] >= 6) & (boxes[:, 4] >= 6)]
    return page, kept
