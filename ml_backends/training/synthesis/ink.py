"""How a photograph or drawing comes to lie on paper: half-tones, line screens, woodcuts, washes.

An "ink layer" is a float32 array (height, width, 3) of reflectance, 1 where the paper shows. Layers are laid over
each other by multiplying.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]
Technique = Callable[[Ink, np.random.Generator], Ink]


def grey(picture: Ink) -> Ink:
    """Luminance (height, width) of an RGB ink layer."""
    return np.asarray(picture @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def rgb(tone: Ink) -> Ink:
    """A grey ink layer with three channels."""
    return np.repeat(np.clip(tone, 0, 1)[..., None].astype(np.float32), 3, axis=2)


def stretch(tone: Ink, rng: np.random.Generator) -> Ink:
    """The tones spread over the whole range, with a gamma drawn at random."""
    low, high = np.percentile(tone, (2, 98))
    spread = np.clip((tone - low) / max(float(high - low), 0.05), 0, 1)
    return np.asarray(spread ** rng.uniform(0.6, 1.4), np.float32)


def _wave(shape: tuple[int, int], pitch: float, angle: float, bend: Ink | float = 0.0) -> Ink:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    phase = (x * np.cos(angle) + y * np.sin(angle)) / pitch + bend
    return np.asarray(0.5 + 0.5 * np.cos(2 * np.pi * phase), np.float32)


def _noise(shape: tuple[int, int], size: float, rng: np.random.Generator) -> Ink:
    small = (max(2, int(shape[0] / size) + 1), max(2, int(shape[1] / size) + 1))
    return np.asarray(cv2.resize(rng.random(small, np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def smooth_noise(shape: tuple[int, int], size: float, rng: np.random.Generator) -> Ink:
    """Noise in 0..1 whose features are about `size` pixels wide."""
    return np.clip(_noise(shape, size, rng), 0, 1)


def photograph(picture: Ink, rng: np.random.Generator) -> Ink:
    """A photographic print: continuous tone, sepia, or cold grey."""
    tone = rgb(0.06 + 0.88 * stretch(grey(picture), rng))
    tint = np.array([1.0, rng.uniform(0.88, 1.0), rng.uniform(0.7, 1.02)], np.float32)
    return np.asarray(np.clip(tone ** (1 / tint), 0, 1), np.float32)


def colour(picture: Ink, rng: np.random.Generator) -> Ink:
    """A painting, miniature or colour photograph, more or less faded."""
    faded = picture * rng.uniform(0.7, 1.0) + rng.uniform(0, 0.2)
    faded = np.asarray(faded, np.float32)
    middle = grey(faded)[..., None]
    return np.asarray(np.clip(middle + (faded - middle) * rng.uniform(0.4, 1.5), 0, 1), np.float32)


def halftone(picture: Ink, rng: np.random.Generator) -> Ink:
    """A dot screen at 45 degrees or thereabouts, as newspapers print photographs since 1880."""
    tone = stretch(grey(picture), rng)
    pitch, angle = rng.uniform(2.0, 5.0), rng.uniform(0.6, 0.95)
    screen = (_wave(tone.shape, pitch, angle) + _wave(tone.shape, pitch, angle + np.pi / 2)) / 2
    return rgb(np.clip((tone - screen) * rng.uniform(1.5, 6) + 0.5, 0.05, 1))


def engraving(picture: Ink, rng: np.random.Generator) -> Ink:
    """Parallel lines that swell with the shadow, crossed where it is deep."""
    tone = cv2.GaussianBlur(stretch(grey(picture), rng), (0, 0), 1.0)
    pitch, angle = rng.uniform(2.2, 5.0), rng.uniform(0, np.pi)
    bend = cv2.GaussianBlur(tone, (0, 0), 6) * rng.uniform(0, 6)
    first = np.clip((tone - _wave(tone.shape, pitch, angle, bend) * 0.95) * 4 + 0.6, 0, 1)
    second = np.clip((tone + 0.3 - _wave(tone.shape, pitch, angle + 1.1, bend) * 0.9) * 4 + 0.6, 0, 1)
    return rgb(np.minimum(np.minimum(first, second), outline(picture, rng)[..., 0]))


def outline(picture: Ink, rng: np.random.Generator) -> Ink:
    """Pen or block lines: an extended difference of Gaussians (Winnemoeller et al. 2012)."""
    tone = cv2.GaussianBlur(grey(picture), (0, 0), rng.uniform(0.6, 1.6))
    near = cv2.GaussianBlur(tone, (0, 0), 0.8)
    far = cv2.GaussianBlur(tone, (0, 0), rng.uniform(1.4, 3.0))
    edge = near - rng.uniform(0.96, 0.995) * far
    return rgb(np.clip(1 + np.tanh(edge * rng.uniform(40, 120)), 0, 1))


def woodcut(picture: Ink, rng: np.random.Generator) -> Ink:
    """Solid blacks and coarse gouged lines."""
    tone = cv2.GaussianBlur(stretch(grey(picture), rng), (0, 0), rng.uniform(1, 2.5))
    lines = _wave(tone.shape, rng.uniform(4, 8), rng.uniform(0, np.pi), tone * rng.uniform(0, 5))
    cut = np.clip((tone - 0.25 - 0.5 * lines * (tone < 0.7)) * 12 + 0.5, 0, 1)
    return rgb(np.minimum(cut, outline(picture, rng)[..., 0]))


def stipple(picture: Ink, rng: np.random.Generator) -> Ink:
    """Grain, as of lithographs and aquatints."""
    tone = stretch(grey(picture), rng)
    grain = cv2.GaussianBlur(rng.random(tone.shape, np.float32), (0, 0), rng.uniform(0.4, 0.9))
    return rgb(np.clip((tone - (grain - 0.5) * 2.2) * rng.uniform(1.5, 4), 0, 1))


def pencil(picture: Ink, rng: np.random.Generator) -> Ink:
    """A drawing in pencil, chalk or red chalk with a little shading."""
    shade = 1 - (1 - stretch(grey(picture), rng)) * rng.uniform(0.1, 0.45)
    tone = np.minimum(outline(picture, rng)[..., 0] * 0.6 + 0.4, shade)
    tint = np.array([rng.uniform(0.4, 1.0), rng.uniform(0.8, 1.0), 1.0], np.float32)
    return np.asarray(rgb(tone) ** tint, np.float32)


def _flat(picture: Ink, rng: np.random.Generator) -> Ink:
    """Colours in a few flat areas."""
    soft = cv2.GaussianBlur(picture, (0, 0), 4)
    levels = rng.integers(2, 5)
    flat = np.asarray(np.round(soft * levels) / levels, np.float32)
    middle = grey(flat)[..., None]
    return np.asarray(np.clip(middle + (flat - middle) * rng.uniform(0.5, 2), 0, 1), np.float32)


def colour_block(picture: Ink, rng: np.random.Generator) -> Ink:
    """A block print in flat colours with black key lines, as of Japan and of children's books."""
    pale = rng.uniform(0.2, 0.7)
    return np.asarray((_flat(picture, rng) * (1 - pale) + pale) * outline(picture, rng), np.float32)


def hand_coloured(picture: Ink, rng: np.random.Generator) -> Ink:
    """Line work under transparent washes that do not keep to the lines."""
    line = (engraving if rng.random() < 0.5 else outline)(picture, rng)
    wash = np.roll(_flat(picture, rng), tuple(rng.integers(-4, 5, 2)), (0, 1))
    where = (smooth_noise(wash.shape[:2], 60, rng)[..., None] > rng.uniform(0.2, 0.6)).astype(np.float32)
    wash = 1 - (1 - (wash * 0.6 + 0.4)) * cv2.GaussianBlur(where, (0, 0), 2)[..., None]
    return np.asarray(line * wash, np.float32)


def wash(picture: Ink, rng: np.random.Generator) -> Ink:
    """Ink wash or sepia drawing: broad pale tones under few lines."""
    tone = cv2.GaussianBlur(stretch(grey(picture), rng), (0, 0), rng.uniform(2, 4)) * 0.6 + 0.4
    tint = np.array([1.0, rng.uniform(0.8, 1.0), rng.uniform(0.6, 1.0)], np.float32)
    return np.asarray(rgb(tone * (0.5 + 0.5 * outline(picture, rng)[..., 0])) ** (1 / tint), np.float32)


TECHNIQUES: dict[str, tuple[Technique, float]] = {
    "photograph": (photograph, 3),
    "halftone": (halftone, 3),
    "engraving": (engraving, 3),
    "woodcut": (woodcut, 1.5),
    "outline": (outline, 2.5),
    "stipple": (stipple, 1.5),
    "pencil": (pencil, 1),
    "colour_block": (colour_block, 1.5),
    "hand_coloured": (hand_coloured, 1.5),
    "wash": (wash, 1),
    "colour": (colour, 1.5),
}
"""Name -> (technique, how often relative to the others)."""


def printed(picture: Ink, rng: np.random.Generator, names: tuple[str, ...] = ()) -> Ink:
    """`picture` in one of the named techniques (all when none is named), drawn by weight."""
    chosen = names or tuple(TECHNIQUES)
    weights = np.array([TECHNIQUES[name][1] for name in chosen])
    name = chosen[int(rng.choice(len(chosen), p=weights / weights.sum()))]
    return TECHNIQUES[name][0](picture, rng)
