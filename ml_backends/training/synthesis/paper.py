"""What differs between scans: paper, stains, show-through, skew, gutters, grounds, colour targets, film, threshold."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_backends.training.synthesis.ink import Ink, grey, rgb, smooth_noise

Boxes = NDArray[np.float32]
"""(n, 5): class number, x, y, width, height in pixels."""

PAPERS = (
    (0.97, 0.96, 0.93),
    (0.93, 0.88, 0.77),
    (0.86, 0.78, 0.63),
    (0.99, 0.99, 0.99),
    (0.85, 0.85, 0.82),
    (0.80, 0.84, 0.82),
    (0.95, 0.85, 0.66),
)
GROUNDS = (
    (0.02, 0.02, 0.02),
    (0.06, 0.06, 0.08),
    (0.5, 0.5, 0.5),
    (0.98, 0.98, 0.98),
    (0.35, 0.22, 0.12),
    (0.75, 0.75, 0.72),
    (0.05, 0.05, 0.25),
)


def paper(height: int, width: int, rng: np.random.Generator) -> Ink:
    """An empty sheet: tone, cloudiness, grain, foxing."""
    base = np.array(PAPERS[int(rng.integers(len(PAPERS)))], np.float32) * rng.uniform(0.85, 1.0)
    cloud = 1 - rng.uniform(0, 0.12) * smooth_noise((height, width), rng.uniform(60, 300), rng)
    grain = 1 + rng.normal(0, rng.uniform(0, 0.02), (height, width)).astype(np.float32)
    sheet = np.clip(base * (cloud * grain)[..., None], 0, 1).astype(np.float32)
    if rng.random() < 0.3:
        spots = smooth_noise((height, width), rng.uniform(6, 40), rng) > rng.uniform(0.88, 0.97)
        spots_soft = cv2.GaussianBlur(spots.astype(np.float32), (0, 0), rng.uniform(1, 5))[..., None]
        sheet *= 1 - spots_soft * rng.uniform(0.05, 0.35) * np.array([0.4, 0.8, 1.0], np.float32)
    return sheet


def show_through(sheet: Ink, back: Ink, rng: np.random.Generator) -> Ink:
    """The ink of the other side shining through, mirrored and blurred."""
    mirrored = cv2.GaussianBlur(cv2.resize(back[:, ::-1], sheet.shape[1::-1]), (0, 0), rng.uniform(1, 2.5))
    return np.asarray(sheet * (1 - (1 - mirrored) * rng.uniform(0.05, 0.3)), np.float32)


def gutter(page: Ink, rng: np.random.Generator) -> Ink:
    """The shadow where the leaf bends into the binding, on one side."""
    width = page.shape[1]
    reach = rng.uniform(0.03, 0.15) * width
    shade = 1 - rng.uniform(0.1, 0.7) * np.exp(-np.arange(width, dtype=np.float32) / reach)
    return np.asarray(page * (shade if rng.random() < 0.5 else shade[::-1])[None, :, None], np.float32)


def spread(left: tuple[Ink, Boxes], right: tuple[Ink, Boxes], rng: np.random.Generator) -> tuple[Ink, Boxes]:
    """Two pages side by side; their boxes move along."""
    height = left[0].shape[0]
    other = cv2.resize(
        right[0], (int(right[0].shape[1] * height / right[0].shape[0]), height), interpolation=cv2.INTER_AREA
    )
    factor = height / right[0].shape[0]
    moved = right[1] * np.array([1, factor, factor, factor, factor], np.float32)
    moved[:, 1] += left[0].shape[1]
    page = np.concatenate([left[0], other], axis=1)
    fold = left[0].shape[1]
    reach = rng.uniform(2, 40)
    shade = 1 - rng.uniform(0, 0.7) * np.exp(-np.abs(np.arange(page.shape[1]) - fold) / reach)
    return np.asarray(page * shade[None, :, None], np.float32), np.concatenate([left[1], moved])


def _target(length: int, rng: np.random.Generator) -> Ink:
    """A colour target or ruler, `length` pixels long and a tenth of it high."""
    height = max(8, int(length * rng.uniform(0.06, 0.16)))
    strip = np.full((height, length, 3), rng.choice([0.95, 0.1, 0.5]), np.float32)
    patches = int(rng.integers(6, 20))
    for k in range(patches):
        tone = rng.random(3) if rng.random() < 0.6 else np.repeat(k / patches, 3)
        strip[height // 4 : -max(1, height // 4), k * length // patches + 1 : (k + 1) * length // patches - 1] = tone
    for x in range(0, length, max(3, length // 40)):
        strip[: height // (4 if x % 5 else 3), x : x + 1] = 0.5
    return strip


def _place_target(scene: Ink, room: tuple[int, int, int, int], rng: np.random.Generator) -> None:
    """Lays a target into the margin of `scene` outside the page at `room` (x0, y0, x1, y1), where it fits."""
    height, width = scene.shape[:2]
    strip = _target(int(min(width, height) * rng.uniform(0.4, 0.9)), rng)
    if rng.random() < 0.5 or height - room[3] < strip.shape[0]:
        strip = np.ascontiguousarray(np.rot90(strip))
        x = room[2] + 2 if width - room[2] > strip.shape[1] + 2 else 0
        y = int(rng.uniform(0, max(1, height - strip.shape[0])))
    else:
        x, y = int(rng.uniform(0, max(1, width - strip.shape[1]))), room[3] + 1
    part = scene[y : y + strip.shape[0], x : x + strip.shape[1]]
    part[:] = strip[: part.shape[0], : part.shape[1]]


def on_ground(page: Ink, boxes: Boxes, rng: np.random.Generator) -> tuple[Ink, Boxes]:
    """The page, a little askew, photographed on a table, cradle or film, perhaps with a colour target beside it."""
    height, width = page.shape[:2]
    margins = rng.uniform(0, 0.12, 4) * (rng.random(4) < 0.7)
    target = rng.random() < 0.25
    if target:
        margins[3] += 0.16
        margins[2] += rng.choice([0, 0.14])
    left, top = int(margins[0] * width), int(margins[1] * height)
    size = (width + left + int(margins[2] * width), height + top + int(margins[3] * height))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.normal(0, 1.2), 1.0)
    turn[:, 2] += (left, top)
    ground = np.array(GROUNDS[int(rng.integers(len(GROUNDS)))]) * rng.uniform(0.8, 1)
    if rng.random() < 0.25:
        ground = page[:4].reshape(-1, 3).mean(axis=0)
    scene = np.asarray(cv2.warpAffine(page, turn, size, borderValue=tuple(float(v) for v in ground)), np.float32)
    if target:
        _place_target(scene, (left, top, left + width, top + height), rng)
    return scene, turned(boxes, np.asarray(turn, np.float64), size)


def turned(boxes: Boxes, matrix: NDArray[np.float64], size: tuple[int, int]) -> Boxes:
    """Upright boxes around what `boxes` become under an affine `matrix`, cut at `size` (width, height)."""
    moved = []
    for kind, x, y, w, h in boxes:
        corners = np.array([[x, y, 1], [x + w, y, 1], [x, y + h, 1], [x + w, y + h, 1]]) @ matrix.T
        low, high = np.maximum(corners.min(axis=0), 0), np.minimum(corners.max(axis=0), size)
        moved.append([kind, *low, *(high - low)])
    return np.array(moved, np.float32).reshape(-1, 5)


def bilevel(page: Ink, rng: np.random.Generator) -> Ink:
    """Black and white only, as scanned from film or by a fax-minded scanner."""
    tone = (grey(page) * 255).astype(np.uint8)
    if rng.random() < 0.5:
        block, below = int(rng.integers(7, 40)) * 2 + 1, int(rng.integers(5, 20))
        black = cv2.adaptiveThreshold(tone, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, below)
    else:
        level, _ = cv2.threshold(tone, 0, 255, cv2.THRESH_OTSU)
        black = ((tone > level * rng.uniform(0.85, 1.1)) * 255).astype(np.uint8)
    soft = np.asarray(cv2.GaussianBlur(black, (0, 0), rng.uniform(0.3, 0.7)), np.float32) / np.float32(255)
    return rgb(soft)


def develop(page: Ink, rng: np.random.Generator) -> Ink:
    """Camera, film and processing: focus, contrast, colour cast, grey, noise."""
    if rng.random() < 0.4:
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), rng.uniform(0.4, 1.3)), np.float32)
    kind = rng.random()
    if kind < 0.2:
        return bilevel(page, rng)
    if kind < 0.46:
        page = rgb(grey(page))
    else:
        page = page * rng.normal(0.98, 0.03, 3).astype(np.float32)
    page = (page - 0.5) * rng.uniform(0.6, 1.4) + 0.5 + rng.uniform(-0.12, 0.1)
    page = np.clip(page, 0, 1) ** rng.uniform(0.7, 1.4)
    noise = rng.normal(0, rng.uniform(0, 0.04), page.shape[:2]).astype(np.float32)
    return np.asarray(np.clip(page + noise[..., None], 0, 1), np.float32)
