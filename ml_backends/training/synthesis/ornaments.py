"""Ornaments, initials and stamps drawn by program: what is printed on a page and is no picture."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ml_backends.training.synthesis import text
from ml_backends.training.synthesis.ink import Ink, rgb, smooth_noise

Canvas = NDArray[np.uint8]
"""Grey, 255 where the paper shows; drawn `FINE` times larger than it is printed."""
Ornament = Callable[[int, int, np.random.Generator], Canvas]
FINE = 2
ENDINGS = ("FINIS.", "FINIS", "THE END.", "FIN.", "ENDE.", "F I N I S", "")


def _empty(width: int, height: int) -> Canvas:
    return np.full((max(8, height), max(8, width)), 255, np.uint8)


def _spiral(start: tuple[float, float], size: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """The points of a tendril that leaves `start` and rolls itself up, (n, 2)."""
    turns, way = rng.uniform(0.7, 2.2) * 2 * np.pi, rng.choice([-1, 1])
    angle = rng.uniform(0, 2 * np.pi) + way * np.linspace(0, turns, 40)
    step = size * np.exp(-np.linspace(0, rng.uniform(1.2, 2.4), 40)) / 7
    return np.array(start) + np.cumsum(np.stack([np.cos(angle), np.sin(angle)], 1) * step[:, None], axis=0)


def _tendrils(canvas: Canvas, count: int, rng: np.random.Generator) -> None:
    """Tendrils with leaves and berries, anywhere on the canvas."""
    height, width = canvas.shape
    for _ in range(count):
        size = min(height, width) * rng.uniform(0.3, 1.3)
        points = _spiral((rng.random() * width, rng.random() * height), size, rng)
        thick = max(1, int(size * rng.uniform(0.015, 0.06)))
        cv2.polylines(canvas, [points.astype(np.int32)], False, 20, thick, cv2.LINE_AA)
        for x, y in points[:: int(rng.integers(3, 9))]:
            leaf = (max(1, int(size * rng.uniform(0.03, 0.12))), max(1, int(size * rng.uniform(0.02, 0.05))))
            filled = -1 if rng.random() < 0.7 else 1
            cv2.ellipse(canvas, (int(x), int(y)), leaf, rng.uniform(0, 360), 0, 360, 20, filled, cv2.LINE_AA)


def _mirrored(half: Canvas) -> Canvas:
    return np.concatenate([half, half[:, ::-1]], axis=1)


def _frame(canvas: Canvas, rng: np.random.Generator) -> None:
    height, width = canvas.shape
    for k in range(int(rng.integers(1, 3))):
        cv2.rectangle(canvas, (4 * k, 4 * k), (width - 1 - 4 * k, height - 1 - 4 * k), 20, int(rng.integers(1, 4)))


def headpiece(width: int, height: int, rng: np.random.Generator) -> Canvas:
    """A band of one motif, mirrored and repeated; framed or on black as often as not."""
    repeats = int(rng.integers(1, max(2, min(8, width // max(1, height) + 2))))
    half = _empty(width // (2 * repeats) + 1, height)
    _tendrils(half, int(rng.integers(3, 9)), rng)
    band = np.tile(_mirrored(half), (1, repeats))[:, :width]
    band = np.ascontiguousarray(255 - band if rng.random() < 0.3 else band)
    if rng.random() < 0.5:
        _frame(band, rng)
    return band


def tailpiece(width: int, height: int, rng: np.random.Generator) -> Canvas:
    """A mirrored arabesque, wide above and narrow below or the other way round, with a vase or a knot in the middle."""
    half = _empty(width // 2, height)
    _tendrils(half, int(rng.integers(6, 16)), rng)
    y, x = np.mgrid[0 : 1 : half.shape[0] * 1j, 0 : 1 : half.shape[1] * 1j]
    reach = rng.uniform(0.3, 1) * y if rng.random() < 0.6 else rng.uniform(0.3, 1) * np.abs(y - rng.random())
    half[x < reach] = 255
    piece = np.ascontiguousarray(_mirrored(half))
    middle, low = piece.shape[1] // 2, int(height * rng.uniform(0.5, 0.9))
    for _ in range(int(rng.integers(1, 4))):
        size = (int(width * rng.uniform(0.02, 0.15)), int(height * rng.uniform(0.04, 0.2)))
        tone, filled = int(rng.choice([20, 120])), -1 if rng.random() < 0.5 else 2
        cv2.ellipse(piece, (middle, low), size, 0, 0, 360, tone, filled, cv2.LINE_AA)
        low = max(4, low - size[1])
    return piece


def wreath(width: int, height: int, rng: np.random.Generator) -> Canvas:
    """Two branches around a word, as closes many a book: FINIS."""
    half = _empty(width // 2, height)
    start, stop = rng.uniform(70, 95), rng.uniform(190, 265)
    axes = (int(width * 0.5 * rng.uniform(0.7, 0.88)), int(height * 0.5 * rng.uniform(0.7, 0.88)))
    centre, thick = (half.shape[1], height // 2), max(1, int(height * rng.uniform(0.01, 0.05)))
    cv2.ellipse(half, centre, axes, 0, start, stop, 20, thick, cv2.LINE_AA)
    shaded = int(rng.choice([20, 20, 110]))
    for angle in np.deg2rad(np.arange(start, stop, rng.uniform(5, 14))):
        x, y = centre[0] + axes[0] * np.cos(angle), centre[1] + axes[1] * np.sin(angle)
        for lean in (-35, 35):
            size = (int(height * rng.uniform(0.05, 0.13)), int(height * rng.uniform(0.015, 0.045)))
            turn = np.rad2deg(angle) + 90 + lean
            cv2.ellipse(half, (int(x), int(y)), size, turn, 0, 360, shaded, -1 if rng.random() < 0.7 else 1)
    piece = np.ascontiguousarray(_mirrored(half))
    word = str(rng.choice(ENDINGS))
    if word:
        _write(piece, word, piece.shape[1] / 2, height / 2, int(height * rng.uniform(0.1, 0.25)), rng)
    return piece


def fleurons(width: int, height: int, rng: np.random.Generator) -> Canvas:
    """One to three rows of one small type ornament."""
    rows = int(rng.integers(1, 4))
    side = max(6, height // rows)
    half = _empty(max(4, side // 2), side)
    _tendrils(half, int(rng.integers(1, 4)), rng)
    tile = _mirrored(half)
    tile = np.concatenate([tile, tile[::-1]]) if rng.random() < 0.3 else tile
    wide = np.tile(tile, (rows, width // tile.shape[1] + 1))
    return np.ascontiguousarray(wide[:height, : max(8, width)])


def monogram(width: int, height: int, rng: np.random.Generator) -> Canvas:
    """Letters laid over their mirror images, as printers and booksellers signed."""
    piece = _empty(width, height)
    for _ in range(int(rng.integers(2, 4))):
        x = width * rng.uniform(0.4, 0.6)
        _write(piece, chr(int(rng.integers(65, 91))), x, height / 2, int(height * rng.uniform(0.6, 0.9)), rng)
    return np.minimum(piece, piece[:, ::-1])


def _write(canvas: Canvas, word: str, x: float, y: float, size: int, rng: np.random.Generator, tone: int = 20) -> None:
    image = Image.fromarray(canvas)
    ImageDraw.Draw(image).text((x, y), word, fill=tone, font=text.font(text.LATIN, size, rng), anchor="mm")
    canvas[:] = np.asarray(image)


ORNAMENTS: tuple[tuple[Ornament, float], ...] = (
    (headpiece, 3), (tailpiece, 3), (wreath, 2.5), (fleurons, 1.5), (monogram, 0.7),
)  # fmt: skip


def ornament(width: int, height: int, rng: np.random.Generator) -> Ink:
    """One of the above that suits the proportions of `width` x `height`."""
    wide = width > 3 * height
    fitting = [(draw, w) for draw, w in ORNAMENTS if (draw in (headpiece, fleurons)) == wide]
    weights = np.array([w for _, w in fitting])
    draw = fitting[int(rng.choice(len(fitting), p=weights / weights.sum()))][0]
    return _printed(draw(width * FINE, height * FINE, rng), width, height, rng)


def initial(width: int, height: int, rng: np.random.Generator) -> Ink:
    """A letter on a ground of tendrils, framed; or a painted one in red, blue, green or gold."""
    side = min(width, height)
    letter = chr(int(rng.integers(65, 91)))
    ground = _empty(side * FINE, side * FINE)
    painted = rng.random() < 0.35
    if not painted or rng.random() < 0.4:
        _tendrils(ground, int(rng.integers(4, 14)), rng)
    if not painted and rng.random() < 0.35:
        ground = np.asarray(255 - ground, np.uint8)
    middle, size = side * FINE / 2, int(side * FINE * rng.uniform(0.6, 0.95))
    if not painted:
        light = 255 if ground.mean() < 128 or rng.random() < 0.5 else 20
        _write(ground, letter, middle, middle, int(size * 1.15), rng, 255 - light)
        _write(ground, letter, middle, middle, size, rng, light)
        _frame(ground, rng)
        return _printed(ground, side, side, rng)
    tint = np.array([(0.75, 0.1, 0.1), (0.1, 0.15, 0.6), (0.1, 0.4, 0.2), (0.8, 0.65, 0.2)][int(rng.integers(4))])
    _write(ground, letter, middle, middle, size, rng)
    return np.asarray(1 - (1 - _printed(ground, side, side, rng)) * (1 - tint), np.float32)


def stamp(width: int, height: int, rng: np.random.Generator) -> Ink:
    """A library's mark: rings or a frame with letters, in pale red, blue or black, unevenly inked, a little askew."""
    canvas = _empty(width * FINE, height * FINE)
    centre, half = (width * FINE // 2, height * FINE // 2), np.array([width, height]) * FINE / 2
    kind = rng.random()
    for part in (0.95, rng.uniform(0.5, 0.85))[: int(rng.integers(1, 3))]:
        a, b = (int(v) for v in half * part)
        if kind < 0.8:
            cv2.ellipse(canvas, centre, (a, b), 0, 0, 360, 20, int(rng.integers(1, 5)), cv2.LINE_AA)
        else:
            cv2.rectangle(canvas, (centre[0] - a, centre[1] - b), (centre[0] + a, centre[1] + b), 20, 3)
    _lettering(canvas, centre, half, rng, kind < 0.8)
    turn = cv2.getRotationMatrix2D(centre, float(rng.normal(0, 12)), 0.9)
    canvas = np.asarray(cv2.warpAffine(canvas, turn, canvas.shape[::-1], borderValue=255), np.uint8)
    tint = np.array([(0.7, 0.15, 0.15), (0.15, 0.2, 0.6), (0.1, 0.1, 0.1), (0.3, 0.15, 0.4)][int(rng.integers(4))])
    inked = (1 - _printed(canvas, width, height, rng)) * (1 - tint) * rng.uniform(0.5, 1)
    return np.asarray(1 - inked * (0.4 + 0.6 * smooth_noise((height, width), 12, rng))[..., None], np.float32)


def _lettering(
    canvas: Canvas, centre: tuple[int, int], half: NDArray[np.float64], rng: np.random.Generator, round_: bool
) -> None:
    size = max(6, int(half.min() * rng.uniform(0.16, 0.3)))
    if round_:
        for angle in np.arange(0, 2 * np.pi, rng.uniform(0.22, 0.4)):
            x, y = np.array(centre) + half * 0.78 * (np.cos(angle), np.sin(angle))
            _write(canvas, chr(int(rng.integers(65, 91))), float(x), float(y), size, rng)
    for row in np.arange(-1, 2) * size * 1.3:
        if rng.random() < 0.7:
            word = text.words(1, "latin", rng)[0].upper()[:8]
            _write(canvas, word, centre[0], centre[1] + float(row), size, rng)


def _printed(canvas: Canvas, width: int, height: int, rng: np.random.Generator) -> Ink:
    """As the press leaves it: softer, and not everywhere equally black."""
    tone = cv2.resize(canvas, (max(4, width), max(4, height)), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    wear = 1 - rng.uniform(0, 0.4) * smooth_noise((tone.shape[0], tone.shape[1]), 10, rng)
    return rgb(1 - (1 - tone) * wear)


MADE: dict[str, Callable[[int, int, np.random.Generator], Ink]] = {
    "ornament": ornament,
    "initial": initial,
    "stamp": stamp,
}
"""Label -> what draws one of it."""
