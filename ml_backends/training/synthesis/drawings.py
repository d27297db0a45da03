"""Maps, plans, diagrams and charts drawn by program: kinds of picture that the photographs do not give."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_backends.training.synthesis.ink import Ink, smooth_noise

Canvas = NDArray[np.uint8]
Drawing = Callable[[int, int, np.random.Generator], Canvas]


def _sheet(width: int, height: int) -> Canvas:
    return np.full((height, width, 3), 255, np.uint8)


def _line(sheet: Canvas, a: tuple[float, float], b: tuple[float, float], tone: int = 25, thick: int = 1) -> None:
    start, end = (int(a[0]), int(a[1])), (int(b[0]), int(b[1]))
    cv2.line(sheet, start, end, (tone, tone, tone), thick, cv2.LINE_AA)


def _label(sheet: Canvas, x: float, y: float, rng: np.random.Generator, letters: int = 0) -> None:
    count = letters or int(rng.integers(3, 10))
    text = "".join(chr(int(c)) for c in rng.integers(97, 123, count)).capitalize()
    font = int(rng.choice([cv2.FONT_HERSHEY_COMPLEX_SMALL, cv2.FONT_HERSHEY_TRIPLEX]))
    cv2.putText(sheet, text, (int(x), int(y)), font, rng.uniform(0.25, 0.5), (50, 50, 50), 1, cv2.LINE_AA)


def _frame(sheet: Canvas, rng: np.random.Generator) -> None:
    height, width = sheet.shape[:2]
    for inset in range(int(rng.integers(1, 4))):
        gap = inset * int(rng.integers(2, 5))
        cv2.rectangle(sheet, (gap, gap), (width - 1 - gap, height - 1 - gap), (25, 25, 25), int(rng.integers(1, 3)))


def _coasts(sheet: Canvas, rng: np.random.Generator) -> None:
    height, width = sheet.shape[:2]
    land = smooth_noise((height, width), min(height, width) / rng.uniform(2, 5), rng)
    for step in range(int(rng.integers(1, 6))):
        level = 0.5 + step * rng.uniform(0.02, 0.08)
        shape = (land > level).astype(np.uint8)
        contours, _ = cv2.findContours(shape, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(sheet, contours, -1, (40, 40, 40), 1, cv2.LINE_AA)
    if rng.random() < 0.5:
        tint = rng.uniform(0.6, 1, 3).astype(np.float32)
        sheet[:] = (sheet * np.where((land > 0.5)[..., None], tint, 1)).astype(np.uint8)


def land_map(width: int, height: int, rng: np.random.Generator) -> Canvas:
    """Coasts, rivers, hills and place names, framed, sometimes with a graticule and coloured areas."""
    sheet = _sheet(width, height)
    _coasts(sheet, rng)
    for _ in range(int(rng.integers(2, 8))):
        steps = rng.normal(0, min(width, height) / 12, (12, 2)).cumsum(axis=0) + rng.random(2) * (width, height)
        cv2.polylines(sheet, [steps.astype(np.int32)], False, (64, 64, 64), 1, cv2.LINE_AA)
    for _ in range(int(width * height / rng.uniform(2500, 9000))):
        _label(sheet, rng.random() * width, rng.random() * height, rng)
    if rng.random() < 0.5:
        step = int(rng.integers(40, 120))
        for k in range(step, max(width, height), step):
            _line(sheet, (k, 0), (k + rng.normal(0, 5), height), 128)
            _line(sheet, (0, k), (width, k), 128)
    if rng.random() < 0.85:
        _frame(sheet, rng)
    return sheet


def plan(width: int, height: int, rng: np.random.Generator) -> Canvas:
    """A ground plan or elevation: walls, rooms, hatching, dimension lines."""
    sheet = _sheet(width, height)
    thick = int(rng.integers(1, 5))
    for _ in range(int(rng.integers(5, 25))):
        x, y = rng.random(2) * (width * 0.8, height * 0.8)
        w, h = rng.uniform(0.05, 0.5, 2) * (width, height)
        corner = (int(min(x + w, width - 2)), int(min(y + h, height - 2)))
        cv2.rectangle(sheet, (int(x), int(y)), corner, (25, 25, 25), thick)
        if rng.random() < 0.3:
            for k in range(0, int(w + h), int(rng.integers(4, 9))):
                _line(sheet, (x + max(0, k - h), y + min(k, h)), (x + min(k, w), y + max(0, k - w)), 76)
    for _ in range(int(rng.integers(0, 15))):
        _label(sheet, rng.random() * width * 0.9, rng.random() * height, rng, int(rng.integers(1, 3)))
    return sheet


def figure(width: int, height: int, rng: np.random.Generator) -> Canvas:
    """A figure of geometry, astronomy or mechanics: circles, chords and letters."""
    sheet = _sheet(width, height)
    centre, radius = np.array([width / 2, height / 2]), min(width, height) / 2 - 3
    points = [
        centre + radius * np.array([np.cos(a), np.sin(a)]) for a in rng.uniform(0, 2 * np.pi, rng.integers(4, 12))
    ]
    thick = int(rng.integers(1, 3))
    for _ in range(int(rng.integers(1, 5))):
        size = (int(radius * rng.uniform(0.2, 1)), int(radius * rng.uniform(0.2, 1)))
        cv2.ellipse(sheet, (int(centre[0]), int(centre[1])), size, 0, 0, 360, (25, 25, 25), thick, cv2.LINE_AA)
    for _ in range(int(rng.integers(4, 16))):
        a, b = rng.choice(len(points), 2)
        _line(sheet, tuple(points[a]), tuple(points[b]), 25, thick)
    for point in points:
        _label(sheet, min(point[0], width - 10), max(point[1], 8), rng, 1)
    return sheet


def chart(width: int, height: int, rng: np.random.Generator) -> Canvas:
    """Curves or bars over axes."""
    sheet = _sheet(width, height)
    _line(sheet, (12, 4), (12, height - 12), 25, 2)
    _line(sheet, (12, height - 12), (width - 4, height - 12), 25, 2)
    count = int(rng.integers(4, 20))
    xs, ys = np.linspace(16, width - 12, count), height - 14 - rng.random(count) * (height - 30)
    if rng.random() < 0.5:
        cv2.polylines(sheet, [np.stack([xs, ys], 1).astype(np.int32)], False, (25, 25, 25), 2, cv2.LINE_AA)
    else:
        for x, y in zip(xs, ys, strict=True):
            right = int(x + width / count * 0.6)
            cv2.rectangle(sheet, (int(x), int(y)), (right, height - 12), (76, 76, 76), -1 if count % 2 else 1)
    for x in xs[:: max(1, count // 6)]:
        _label(sheet, x, height - 2, rng, 2)
    return sheet


DRAWINGS: tuple[tuple[Drawing, float], ...] = ((land_map, 4), (plan, 2), (figure, 2), (chart, 1))


def drawing(width: int, height: int, rng: np.random.Generator) -> Ink:
    """One of the drawings above as an ink layer, `width` x `height` pixels."""
    weights = np.array([weight for _, weight in DRAWINGS])
    draw = DRAWINGS[int(rng.choice(len(DRAWINGS), p=weights / weights.sum()))][0]
    return np.asarray(draw(width, height, rng) / 255, np.float32)
