"""What can be pasted: photographs, pictures and ornaments cut from annotated pages, pages without pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ml_backends.training.pages import opened
from ml_backends.training.synthesis import drawings, ink
from ml_backends.training.synthesis.ink import Ink

LINE_ART = ("outline", "woodcut", "colour_block", "hand_coloured", "pencil")
PRESS = ("halftone", "engraving", "stipple", "outline", "woodcut", "photograph")


@dataclass(frozen=True, slots=True)
class Cut:
    """A rectangle of a page image, in pixels: x, y, width, height."""

    path: Path
    xywh: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Supply:
    """What synthetic pages are made of. `hosts` are whole page images that show no picture, ornament or initial."""

    photographs: tuple[Path, ...]
    pictures: tuple[Cut, ...]
    ornaments: tuple[Cut, ...]
    initials: tuple[Cut, ...]
    stamps: tuple[Cut, ...]
    hosts: tuple[Path, ...]


@lru_cache(maxsize=200)
def read(path: Path) -> Ink:
    """An image file as an ink layer, its long side at most 1,000 pixels."""
    pixels = _pixels(path)
    factor = min(1.0, 1000 / max(pixels.shape[:2]))
    pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(pixels / 255, np.float32)


def _pixels(path: Path) -> npt.NDArray[Any]:
    return np.asarray(opened(path))


def cut_out(cut: Cut) -> Ink:
    """The region of `cut` with its paper made white, so that it can be printed on other paper."""
    pixels = _pixels(cut.path)
    x, y, w, h = (round(v) for v in cut.xywh)
    part = np.asarray(pixels[max(0, y) : y + h, max(0, x) : x + w], np.float32) / 255
    white = np.percentile(part.reshape(-1, 3), 92, axis=0).clip(0.3, 1)
    return np.asarray(np.clip(part / white, 0, 1), np.float32)


def _piece(picture: Ink, aspect: float, rng: np.random.Generator) -> Ink:
    """A part of `picture` with `aspect` = width / height, at least half as long as can be."""
    height, width = picture.shape[:2]
    w, h = min(width, height * aspect), min(height, width / aspect)
    scale = rng.uniform(0.6, 1.0)
    w, h = max(4, int(w * scale)), max(4, int(h * scale))
    x, y = int(rng.uniform(0, width - w + 1)), int(rng.uniform(0, height - h + 1))
    return picture[y : y + h, x : x + w]


def _vignette(picture: Ink, rng: np.random.Generator) -> Ink:
    """The picture in an oval, an arch or a ragged fade instead of a rectangle."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    kind = rng.random()
    if kind < 0.45:
        mask = np.clip((1 - (x**2 + y**2)) * rng.uniform(4, 60), 0, 1)
    elif kind < 0.6:
        mask = ((y > -0.4) | ((x**2 + ((y + 0.4) / 0.6) ** 2) < 1)).astype(np.float32)
    else:
        ragged = ink.smooth_noise((height, width), min(height, width) / 4, rng)
        mask = np.clip((1.15 - np.maximum(abs(x), abs(y)) - 0.6 * ragged) * 8, 0, 1)
    return np.asarray(1 - (1 - picture) * mask[..., None], np.float32)


def _framed(picture: Ink, rng: np.random.Generator) -> Ink:
    height, width = picture.shape[:2]
    for k in range(int(rng.integers(1, 3))):
        cv2.rectangle(picture, (3 * k, 3 * k), (width - 1 - 3 * k, height - 1 - 3 * k), (0.1, 0.1, 0.1), 1)
    return picture


def photograph(supply: Supply, width: int, height: int, rng: np.random.Generator) -> Ink:
    """A piece of a photograph, in its colours, of that size."""
    source = read(supply.photographs[int(rng.integers(len(supply.photographs)))])
    inner = source[
        int(source.shape[0] * 0.12) : int(source.shape[0] * 0.8),
        int(source.shape[1] * 0.1) : int(source.shape[1] * 0.9),
    ]
    piece = cv2.resize(_piece(inner, width / height, rng), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(piece[:, ::-1] if rng.random() < 0.5 else piece, np.float32).copy()


def _mean_contrast(picture: Ink) -> float:
    return float(ink.grey(picture).std())


def picture(supply: Supply, width: int, height: int, rng: np.random.Generator, names: tuple[str, ...] = ()) -> Ink:
    """A picture of that size, white where the paper shows: a printed photograph, a drawing, a cut from a page."""
    kind = rng.random()
    if kind < 0.25 and supply.pictures and not set(names) & {"photograph", "colour_block"}:
        return from_page(supply, width, height, rng)
    if kind < 0.34 and min(width, height) > 60:
        return drawings.drawing(width, height, rng)
    if kind < 0.4 and min(width, height) > 240:
        return specimens(supply, width, height, rng)
    for _ in range(4):
        made = ink.printed(photograph(supply, width, height, rng), rng, names)
        if _mean_contrast(made) > 0.08:
            break
    if rng.random() < 0.2:
        made = _vignette(made, rng)
    elif rng.random() < 0.35:
        made = _framed(made, rng)
    return made


def specimens(supply: Supply, width: int, height: int, rng: np.random.Generator) -> Ink:
    """Several unframed figures on one plate, as of natural history, costume and machinery: together one picture."""
    plate = np.ones((height, width, 3), np.float32)
    columns, rows = int(rng.integers(1, 4)), int(rng.integers(2, 5))
    for number in range(columns * rows):
        w, h = int(width / columns * rng.uniform(0.5, 0.95)), int(height / rows * rng.uniform(0.5, 0.95))
        x, y = number % columns * width // columns, number // columns * height // rows
        figure = _vignette(
            ink.printed(photograph(supply, w, h, rng), rng, ("engraving", "outline", "hand_coloured")), rng
        )
        plate[y : y + h, x : x + w] *= figure
    return plate


def from_page(supply: Supply, width: int, height: int, rng: np.random.Generator) -> Ink:
    """A picture cut from a page, fitted into that size without distortion, on white."""
    return fitted(cut_out(supply.pictures[int(rng.integers(len(supply.pictures)))]), width, height)


def fitted(part: Ink, width: int, height: int) -> Ink:
    """`part` scaled to lie within width x height; the answer may be narrower or lower."""
    factor = min(width / part.shape[1], height / part.shape[0])
    size = (max(4, int(part.shape[1] * factor)), max(4, int(part.shape[0] * factor)))
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.float32)


def drawn_extent(part: Ink) -> tuple[int, int, int, int]:
    """x, y, width, height of what is not white in `part`."""
    dark = ink.grey(part) < 0.9
    rows, columns = np.flatnonzero(dark.mean(axis=1) > 0.004), np.flatnonzero(dark.mean(axis=0) > 0.004)
    if not len(rows) or not len(columns):
        return 0, 0, part.shape[1], part.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)
