"""After training: the calibration curve and the threshold of a detector, chosen on pages that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml_backends.card import Calibration
from ml_backends.evaluation.calibration import expected_calibration_error, fit_platt
from ml_backends.evaluation.detection import Judged, best_threshold, scores_and_hits


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What the validation pages say about the scores of a detector."""

    calibration: Calibration
    threshold: float
    """Of calibrated scores."""
    error_before: float
    error_after: float
    """Expected calibration error on the validation pages; fitted there, so elsewhere it is larger."""


def calibrate(judged: Sequence[Judged], most_alarms: float = 0.02) -> Calibrated:
    """Fits Platt scaling to raw scores on validation pages, then chooses the threshold there (see `best_threshold`)."""
    scores, right = scores_and_hits(judged)
    curve = fit_platt(scores, right).curve()
    after = np.array([curve(float(score)) for score in scores])
    return Calibrated(
        curve,
        round(best_threshold(rescored(judged, curve), most_alarms), 3),
        expected_calibration_error(scores, right),
        expected_calibration_error(after, right),
    )


def rescored(judged: Sequence[Judged], curve: Calibration) -> list[Judged]:
    """The same findings with calibrated scores."""
    return [
        replace(item, findings=tuple(replace(f, score=curve(f.score or 0.0)) for f in item.findings)) for item in judged
    ]
