"""Which findings hit which marked regions, and the average precision that follows (COCO's, through ultralytics)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_backends.quiet import quiet_ultralytics
from ml_backends.suppress import overlaps
from ml_backends.types import Box

IOU_LEVELS = np.linspace(0.5, 0.95, 10)
"""COCO's ten levels of overlap: mAP50-95 is the mean over them."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Findings of one label, best first within each page: scores, and for each level of overlap whether it hit."""

    scores: NDArray[np.float64]
    correct: NDArray[np.bool_]
    """(findings, 10)."""
    marked: int
    """How many regions there were to find."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Average precision at IoU 0.5, and averaged over IoU 0.5 to 0.95."""

    ap50: float
    ap50_95: float


def as_array(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """(n, 4) corners x0, y0, x1, y1."""
    return np.array([(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes], np.float64).reshape(-1, 4)


def correct(found: Sequence[Box], marked: Sequence[Box]) -> NDArray[np.bool_]:
    """(found, 10): whether each finding, taken best first, hits a region that no better one took, at each level."""
    table = overlaps(as_array(found), as_array(marked))
    hit = np.zeros((len(found), len(IOU_LEVELS)), bool)
    for level, needed in enumerate(IOU_LEVELS):
        free = table.copy()
        for number in range(len(found) if len(marked) else 0):
            best = int(free[number].argmax())
            if free[number, best] >= needed:
                hit[number, level] = True
                free[:, best] = -1
    return hit


def average_precision(hits: Hits) -> Precision | None:
    """The average precision of one label; None where nothing is marked, so that there is nothing to average."""
    if not hits.marked:
        return None
    if not len(hits.scores):
        return Precision(0.0, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        quiet_ultralytics(Path(folder))
        from ultralytics.utils.metrics import ap_per_class

    labels = np.zeros(len(hits.scores))
    ap = ap_per_class(hits.correct, hits.scores, labels, np.zeros(hits.marked))[5][0]
    return Precision(float(ap[0]), float(ap.mean()))
