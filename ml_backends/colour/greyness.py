"""Is a picture in colour, or grey, sepia, a cyanotype, a grey photograph on yellowed paper?"""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from ml_backends.colour.lab import Floats
from ml_backends.types import Picture

EDGE = 192
"""Pixels of the longer side that are looked at: small enough that most colour noise of JPEG and half-tones is gone."""
STEPS, BENDS, ROUNDS = 20, 4, 8
"""Of the tone curve: places where it is measured, terms of the polynomial, rounds of reweighting."""
NEAR, MOST = 2.0, 0.2
"""More than this share of pixels, further than this from the tone curve (in units of Lab): a picture in colour.

Chosen on the postcards of `training/colorize`'s data, which say what they are, and looked at on photographs and on
pages of books. Grey prints come to 0.1 there, all but the palest hand-coloured ones to more than 0.2.
"""
VIVID, SPOT = 25.0, 0.03
"""Of pixels so far away fewer are enough; but a stamp in the corner does not make a picture coloured."""
PAPER = np.radians(78)
"""The hue along which paper yellows and ink browns; differences along it count less."""
INDULGENCE, YELLOWEST = 0.4, 30.0


def coloured_share(picture: Picture) -> float:
    """The share of pixels, 0..1, that have a colour of their own, and not only the tint of all that is as light.

    A tinted grey picture has one colour for each lightness, its tone curve; a picture in colour has many.
    """
    return float((_apart(picture) > NEAR).mean())


def in_colour(picture: Picture) -> bool:
    """Whether there is more colour in it than tint."""
    apart = _apart(picture)
    return bool((apart > NEAR).mean() > MOST or (apart > VIVID).mean() > SPOT)


def _apart(picture: Picture) -> Floats:
    """How far, in a and b, pixels of the reduced picture are from its tone curve, or from paper if that is nearer."""
    small = picture.convert("RGB")
    small.thumbnail((EDGE, EDGE), Image.Resampling.BOX)
    lab = cv2.cvtColor(np.asarray(small, np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float32)
    along, across = _turned(lab[:, 1:] - _tone_curve(lab))
    yellow, beside = _turned(lab[:, 1:])
    from_paper = np.hypot(yellow - yellow.clip(0, YELLOWEST), beside)
    return np.asarray(np.minimum(np.hypot(along * INDULGENCE, across), from_paper), np.float32)


def _turned(ab: Floats) -> tuple[Floats, Floats]:
    """Along the hue of paper, and across it."""
    along, across = np.array([[np.cos(PAPER), np.sin(PAPER)], [-np.sin(PAPER), np.cos(PAPER)]], np.float32) @ ab.T
    return along, across


def _tone_curve(lab: Floats) -> Floats:
    """What a and b the ink, the paper and what lies between them have, for the lightness of each pixel.

    A smooth curve near the medians at each step of lightness; a step that is far off, such as that of a stamp in one
    colour, hardly draws it (iteratively reweighted least squares).
    """
    steps = np.clip(lab[:, 0] / 100 * STEPS, 0, STEPS - 1).astype(int)
    there, counts = np.unique(steps, return_counts=True)
    medians = np.array([np.median(lab[steps == step], axis=0) for step in there])
    terms = np.vander(medians[:, 0] / 100, min(BENDS, len(there)))
    weight = np.sqrt(counts / len(lab))
    for _ in range(ROUNDS):
        curve = np.linalg.lstsq(terms * weight[:, None], medians[:, 1:] * weight[:, None], rcond=None)[0]
        off = np.hypot(*(medians[:, 1:] - terms @ curve).T)
        weight = np.sqrt(counts / len(lab)) / (1 + (off / NEAR) ** 2)
    return np.asarray(np.vander(lab[:, 0] / 100, terms.shape[1]) @ curve, np.float32)
