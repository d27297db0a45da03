"""Scores that mean what they say: Platt scaling, and the expected calibration error that tells whether they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_backends.card import Calibration

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Platt:
    """probability = 1 / (1 + exp(-(a * ln(s / (1 - s)) + b))) for a raw score s (Platt 1999); a=1, b=0 is s itself."""

    a: float = 1.0
    b: float = 0.0

    def __call__(self, scores: Floats) -> Floats:
        """The probabilities of raw scores; never falling, so `a` counts as 0 where it is less."""
        return np.asarray(1 / (1 + np.exp(-(max(self.a, 0.0) * _logit(scores) + self.b))))

    def curve(self) -> Calibration:
        """The same as a curve through points, as model cards hold it; closest where scores change fastest."""
        x = 1 / (1 + np.exp(-np.linspace(-5, 5, 41)))
        x = np.concatenate([[0.0], x, [1.0]])
        return Calibration(tuple(x.round(5).tolist()), tuple(self(x).round(5).tolist()))


def _logit(scores: Floats) -> Floats:
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def fit_platt(scores: Floats, correct: NDArray[np.bool_], steps: int = 50) -> Platt:
    """The scaling under which `correct` is most likely, by Newton's method with a little ridge.

    The identity where all or none are correct.
    """
    if correct.all() or not correct.any():
        return Platt()
    inputs = np.stack([_logit(scores), np.ones(len(scores))], axis=1)
    weights, ridge = np.array([1.0, 0.0]), 1e-3 * np.eye(2)
    for _ in range(steps):
        probability = 1 / (1 + np.exp(-(inputs @ weights)))
        slope = inputs.T @ (probability - correct) + ridge @ (weights - (1.0, 0.0))
        curve = (inputs * (probability * (1 - probability))[:, None]).T @ inputs + ridge
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return Platt(float(weights[0]), float(weights[1]))


def expected_calibration_error(scores: Floats, correct: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean distance between the score and the share that is correct, over `bins` equal bins (Guo et al. 2017)."""
    if not len(scores):
        return 0.0
    which = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = [abs(scores[which == k].mean() - correct[which == k].mean()) * (which == k).sum() for k in np.unique(which)]
    return float(sum(gaps) / len(scores))
