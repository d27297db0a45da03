"""Non-maximum suppression: of the boxes that a network gives for one thing, the best stays. As ultralytics does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]

FLOOR = 0.05
"""Raw scores at or below it are not kept."""
MOST_FINDINGS = 300
"""In one picture; ultralytics' own limit."""
SAME_PLACE = 0.5
"""Intersection over union above which two boxes of different labels are about one thing."""
MOST_CANDIDATES = 3000
"""The best ones only; the cost grows with their square."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Boxes of one picture, in pixels of what the network was given."""

    boxes: Floats
    """Shape (n, 4): x1, y1, x2, y2; of oriented ones centre x and y, width, height."""
    scores: Floats
    labels: npt.NDArray[np.int64]
    extra: Floats
    """Shape (n, k): mask coefficients, or the angle in radians."""

    def __getitem__(self, chosen: Any) -> Rows:
        """The rows at the given numbers, or where a mask is true."""
        return Rows(self.boxes[chosen], self.scores[chosen], self.labels[chosen], self.extra[chosen])


def candidates(output: Floats, classes: int, oriented: bool) -> Rows:
    """The best label of each anchor with a score above the floor, from an output of shape (4 + classes + k, anchors):
    centre x and y, width, height, the scores, the rest."""
    best = output[4 : 4 + classes].max(axis=0)
    columns = output[:, best > FLOOR].T
    boxes, shares, extra = np.split(columns, [4, 4 + classes], axis=1)
    if not oriented:
        centre, half = boxes[:, :2], boxes[:, 2:] / 2
        boxes = np.hstack([centre - half, centre + half])
    rows = Rows(boxes, shares.max(axis=1), shares.argmax(axis=1), extra)
    return rows[np.argsort(-rows.scores, kind="stable")[:MOST_CANDIDATES]]


def already_chosen(output: Floats) -> Rows:
    """From a network that suppresses itself, shape (n, 6 + k): box, score, label, the rest."""
    boxes, scores, labels, extra = np.split(output[output[:, 4] > FLOOR], [4, 5, 6], axis=1)
    return Rows(boxes, scores[:, 0], labels[:, 0].astype(np.int64), extra)[:MOST_FINDINGS]


def suppress(rows: Rows, iou: float) -> Rows:
    """Best first, each label by itself: a box goes when it overlaps one that stays by more than `iou`."""
    import cv2

    if not len(rows.scores):
        return rows
    corner, size = rows.boxes[:, :2], rows.boxes[:, 2:] - rows.boxes[:, :2]
    boxes: Any = np.hstack([corner, size])
    scores: Any = rows.scores
    labels: Any = rows.labels
    kept = cv2.dnn.NMSBoxesBatched(boxes, scores, labels, FLOOR, iou)
    return rows[np.asarray(kept, np.int64).ravel()[:MOST_FINDINGS]]


def against_rivals(rows: Rows, rivals: Mapping[int, int]) -> Rows:
    """Scores times what the best box of the rival label in the same place leaves: 1 less its score. Best first.

    Suppression goes by label, so one thing that looks like two keeps both boxes; a tail-piece is found as an ornament
    and, nearly as surely, as a picture.
    """
    table = overlaps(rows.boxes, rows.boxes) > SAME_PLACE
    scores = rows.scores.copy()
    for label, rival in rivals.items():
        there = table & (rows.labels == rival)
        taken = np.where(there, rows.scores, 0).max(axis=1, initial=0)
        scores = np.where(rows.labels == label, scores * (1 - taken), scores)
    left = replace(rows, scores=np.asarray(scores, np.float32))
    return left[np.argsort(-left.scores, kind="stable")]


def overlaps(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Intersection over union of every box of `a` with every one of `b`, corners x1, y1, x2, y2: (len(a), len(b))."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(axis=1), (b[:, 2:] - b[:, :2]).prod(axis=1)
    return np.asarray(shared / np.maximum(area_a[:, None] + area_b[None] - shared, 1e-9))


def suppress_oriented(rows: Rows, iou: float) -> Rows:
    """Best first, each label by itself: a box goes when it is alike any better one by more than `iou`."""
    alike = probabilistic_iou(rows.boxes, rows.extra[:, -1]) > iou
    rivals = alike & (rows.labels[:, None] == rows.labels) & np.tri(len(rows.scores), k=-1, dtype=bool)
    return rows[np.flatnonzero(~rivals.any(axis=1))[:MOST_FINDINGS]]


def probabilistic_iou(boxes: Floats, angles: Floats) -> Floats:
    """ProbIoU of each oriented box with each (Llerena et al., 2021, arXiv 2106.06072), shape (n, n).

    1 less the Hellinger distance of the two normal distributions that have the boxes' centres and covariances.
    """
    x, y = boxes[:, 0], boxes[:, 1]
    along, across = (boxes[:, 2:] ** 2 / 12).T
    cos, sin = np.cos(angles), np.sin(angles)
    a, b, c = along * cos**2 + across * sin**2, along * sin**2 + across * cos**2, (along - across) * cos * sin
    dx, dy = x[:, None] - x, y[:, None] - y
    sum_a, sum_b, sum_c = (values[:, None] + values for values in (a, b, c))
    determinant = sum_a * sum_b - sum_c**2
    own = (a * b - c**2).clip(0)
    tiny = np.float32(1e-7)
    distance = (sum_a * dy**2 + sum_b * dx**2 - 2 * sum_c * dx * dy) / (determinant + tiny) / 4
    spread = np.log(determinant / (4 * np.sqrt(own[:, None] * own) + tiny) + tiny) / 2
    overlap: Floats = 1 - np.sqrt(1 - np.exp(-(distance + spread).clip(tiny, 100)) + tiny)
    return overlap
