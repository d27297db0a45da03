"""How near the colours that a colouriser guesses come to the true ones, beside leaving the pictures grey or tinted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage.color import deltaE_ciede2000
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from ml_backends.colour import lab
from ml_backends.types import Finding, Picture

Predict = Callable[[Sequence[Picture]], Sequence[Sequence[Finding]]]
Progress = Callable[[int, int, str], None]
Pixels = npt.NDArray[np.uint8]
Tint = tuple[float, float]
"""a and b, the same for every pixel."""
SEPIA: Tint = (8.0, 22.0)
"""Of a sepia print as photograph programs make it."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over pictures, of the true picture against another one."""

    pictures: int
    ciede2000: float
    """Colour difference (Sharma, Wu and Dalal, 2005), mean over the pixels; smaller is nearer."""
    psnr: float
    """dB, over RGB."""
    ssim: float
    colourfulness: float
    """Of the other picture (Hasler and Suesstrunk, 2003): 0 is grey, above 30 moderately colourful."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One picture in colour, and what was made of its grey version."""

    name: str
    group: str
    true: Picture
    grey: Picture
    painted: Picture

    @property
    def difference(self) -> float:
        """CIEDE2000 between true and painted."""
        return figures([(np.asarray(self.true), np.asarray(self.painted))]).ciede2000


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of each way to fill in the colours; by group the colouriser's and those of grey."""

    methods: dict[str, Figures]
    groups: dict[str, dict[str, Figures]]
    tint: Tint | None = None
    """The constant colour nearest to the pictures it was fitted on."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON, figures rounded."""
        groups = {name: _rounded(some) for name, some in self.groups.items()}
        return {"all": _rounded(self.methods), "groups": groups, "best_constant_tint": self.tint}


def compare(predict: Predict, name: str, group: str, true: Picture) -> Compared:
    """Shows the grey version of a picture (RGB) to a colouriser; a picture that it declines stays grey."""
    grey = tinted(true, (0, 0))
    drawn = [found.picture for found in predict([grey])[0] if found.motivation == "painting"]
    painted = drawn[0] if drawn and isinstance(drawn[0], Image.Image) else grey
    return Compared(name, group, true, grey, painted)


def report(compared: Sequence[Compared], tint: Tint | None = None) -> Report:
    """Measures what was painted, what was left grey, a sepia print, and with `tint` that constant colour."""
    groups = sorted({one.group for one in compared})
    by_group = {name: _methods([one for one in compared if one.group == name], tint) for name in groups}
    return Report(_methods(compared, tint), by_group, tint)


def _methods(compared: Sequence[Compared], tint: Tint | None) -> dict[str, Figures]:
    true = [np.asarray(one.true) for one in compared]
    made = {
        "true": [one.true for one in compared],
        "colorize": [one.painted for one in compared],
        "grey": [one.grey for one in compared],
        "sepia": [tinted(one.true, SEPIA) for one in compared],
    }
    if tint:
        made["best constant tint"] = [tinted(one.true, tint) for one in compared]
    return {name: figures(list(zip(true, map(np.asarray, some), strict=True))) for name, some in made.items()}


def tinted(picture: Picture, tint: Tint) -> Picture:
    """The picture with one colour everywhere, in its own lightness."""
    return lab.repaint(picture, np.full((1, 1, 2), tint, np.float32))


def figures(pairs: Sequence[tuple[Pixels, Pixels]]) -> Figures:
    """Of pairs of a true picture and another one of the same size, RGB."""
    return Figures(
        len(pairs),
        _mean([difference(true, other) for true, other in pairs]),
        _mean([_psnr(true, other) for true, other in pairs]),
        _mean([_ssim(true, other) for true, other in pairs]),
        _mean([colourfulness(other) for _, other in pairs]),
    )


def difference(true: Pixels, other: Pixels) -> float:
    """Mean CIEDE2000."""
    return float(deltaE_ciede2000(_lab(true), _lab(other)).mean())


def colourfulness(rgb: Pixels) -> float:
    """Hasler and Suesstrunk, "Measuring colourfulness in natural images" (2003), equation for M3."""
    red, green, blue = rgb.astype(np.float64).reshape(-1, 3).T
    across, along = red - green, (red + green) / 2 - blue
    return float(np.hypot(across.std(), along.std()) + 0.3 * np.hypot(across.mean(), along.mean()))


def best_tint(pictures: Sequence[Picture], sample: int = 20_000) -> Tint:
    """The constant a and b with the least CIEDE2000 over pixels drawn evenly from `pictures`."""
    each = max(sample // max(len(pictures), 1), 1)
    pixels = np.concatenate([_some(_lab(np.asarray(picture)), each) for picture in pictures])
    tries = [(float(a), float(b)) for a in range(-6, 13) for b in range(-6, 25)]
    return min(tries, key=lambda tint: _from_tint(pixels, tint))


def _from_tint(pixels: npt.NDArray[np.float64], tint: Tint) -> float:
    other = pixels.copy()
    other[:, 1:] = tint
    return float(deltaE_ciede2000(pixels, other).mean())


def _some(pixels: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    flat = pixels.reshape(-1, 3)
    return flat[:: max(len(flat) // count, 1)][:count]


def _lab(rgb: Pixels) -> npt.NDArray[np.float64]:
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float64)


def _psnr(true: Pixels, other: Pixels) -> float:
    same = np.array_equal(true, other)
    return 100.0 if same else float(peak_signal_noise_ratio(true, other, data_range=255))


def _ssim(true: Pixels, other: Pixels) -> float:
    window = min(7, min(true.shape[:2]) // 2 * 2 - 1)
    return float(structural_similarity(true, other, channel_axis=-1, data_range=255, win_size=max(window, 3)))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _rounded(methods: dict[str, Figures]) -> dict[str, dict[str, float]]:
    return {name: {key: round(value, 4) for key, value in asdict(some).items()} for name, some in methods.items()}
