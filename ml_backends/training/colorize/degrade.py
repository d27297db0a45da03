"""What time, printing and scanning do to a photograph: the grey pictures that a coloriser is trained to paint."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.float32]
"""(height, width), 0..1, as it is printed: not linear light."""
Rgb = npt.NDArray[np.float32]
"""(height, width, 3), 0..1."""
EYE = np.array([0.299, 0.587, 0.114], np.float32)
ORTHOCHROMATIC = np.array([0.05, 0.45, 0.5], np.float32)
"""Plates before about 1920 hardly saw red: skies are pale on them, lips and bricks dark."""
PAPER = np.array([0.0, 2.0], np.float32)
"""a and b of paper that is to stay paper."""


@dataclass(frozen=True, slots=True)
class Damage:
    """How often which."""

    film: float = 0.4
    tone: float = 0.8
    blur: float = 0.3
    grain: float = 0.4
    screen: float = 0.12
    fade: float = 0.2
    page: float = 0.06
    collage: float = 0.6


def aged(rgb: Rgb, damage: Damage, random: np.random.Generator) -> Grey:
    """`rgb` as a grey picture that has been through a camera, a printing house and a scanner."""
    grey = _filmed(rgb, random) if random.random() < damage.film else rgb @ EYE
    if random.random() < damage.blur:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), random.uniform(0.3, 1.6)), np.float32)
    if random.random() < damage.tone:
        grey = _toned(grey, random)
    if random.random() < damage.fade:
        grey = _faded(grey, random)
    if random.random() < damage.screen:
        grey = _screened(grey, random)
    if random.random() < damage.grain:
        grey = _grained(grey, random)
    return np.clip(grey, 0, 1).astype(np.float32)


def _filmed(rgb: Rgb, random: np.random.Generator) -> Grey:
    """Between the eye and an orthochromatic plate, and a little beside."""
    share = random.random()
    weights = (EYE * (1 - share) + ORTHOCHROMATIC * share) * random.uniform(0.8, 1.25, 3)
    return np.asarray(rgb @ (weights / weights.sum()).astype(np.float32))


def _toned(grey: Grey, random: np.random.Generator) -> Grey:
    low, high = random.uniform(0, 0.2), random.uniform(0.8, 1)
    curved = np.power(np.clip(grey, 0, 1), np.exp(random.normal(0, 0.25)))
    contrast = random.uniform(0.85, 1.25)
    return np.asarray(low + (high - low) * np.clip((curved - 0.5) * contrast + 0.5, 0, 1), np.float32)


def _faded(grey: Grey, random: np.random.Generator) -> Grey:
    """Lighter or darker in large soft patches."""
    height, width = grey.shape
    patches = random.normal(0, 0.1, (3, 3)).astype(np.float32)
    return grey + cv2.resize(patches, (width, height), interpolation=cv2.INTER_CUBIC)


def _screened(grey: Grey, random: np.random.Generator) -> Grey:
    """The dots of a half-tone."""
    height, width = grey.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle, pitch = random.uniform(0, np.pi), random.uniform(2.2, 5)
    turn = 2 * np.pi / pitch
    across, along = (x * np.cos(angle) + y * np.sin(angle)) * turn, (y * np.cos(angle) - x * np.sin(angle)) * turn
    dots = (np.cos(across) + np.cos(along)) / 4
    strength = random.uniform(0.1, 0.5)
    return np.asarray(grey + strength * dots * (1 - np.abs(2 * grey - 1)), np.float32)


def _grained(grey: Grey, random: np.random.Generator) -> Grey:
    grain = random.standard_normal(grey.shape, dtype=np.float32)
    if random.random() < 0.5:
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.8) * 2, np.float32)
    return np.asarray(grey + grain * random.uniform(0.01, 0.07), np.float32)


def collage(below: Rgb, above: Rgb, random: np.random.Generator) -> Rgb:
    """Two pictures of one size, parted by a slanting line or a window: no picture can be known by heart as a whole."""
    height, width = below.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    if random.random() < 0.5:
        angle, place = random.uniform(0, 2 * np.pi), random.uniform(-0.3, 0.3)
        inside = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle) - place
    else:
        (left, top), (wide, tall) = random.uniform(0, 0.7, 2), random.uniform(0.2, 0.6, 2)
        inside = np.minimum(
            wide / 2 - np.abs(x / width - left - wide / 2), tall / 2 - np.abs(y / height - top - tall / 2)
        )
    mask = np.clip(inside * random.uniform(30, 120) + 0.5, 0, 1)[..., None]
    return np.asarray(below * (1 - mask) + above * mask, np.float32)


def on_page(rgb: Rgb, ab: Rgb, random: np.random.Generator) -> tuple[Rgb, Rgb]:
    """The picture, made smaller, on a page with lines of type; and its a and b, paper where the page is."""
    side, share = rgb.shape[0], random.uniform(0.35, 0.8)
    inner = int(side * share)
    top, left = (int(random.uniform(0, side - inner)) for _ in range(2))
    page = np.full_like(rgb, random.uniform(0.75, 1))
    _type(page, random)
    colour = np.broadcast_to(PAPER, ab.shape).copy()
    page[top : top + inner, left : left + inner] = cv2.resize(rgb, (inner, inner), interpolation=cv2.INTER_AREA)
    colour[top : top + inner, left : left + inner] = cv2.resize(ab, (inner, inner), interpolation=cv2.INTER_AREA)
    return page, colour


def _type(page: Rgb, random: np.random.Generator) -> None:
    """Grey lines of words; at the size that the network works at letters are no more than that."""
    side, pitch, ink = page.shape[0], int(random.integers(5, 14)), random.uniform(0.1, 0.4)
    for y in range(int(side * 0.05), int(side * 0.95), pitch):
        x = side * 0.06
        while x < side * 0.9:
            wide = random.uniform(1, 4) * pitch / 2
            page[y : y + max(pitch // 2, 1), int(x) : int(x + wide)] = ink
            x += wide + pitch / 3
