"""From the raw outputs of a YOLO network to findings in pixels of the picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ml_backends.card import Calibration
from ml_backends.preprocess import Prepared
from ml_backends.runtime import Network, Raw
from ml_backends.suppress import (
    FLOOR,
    Floats,
    Rows,
    against_rivals,
    already_chosen,
    candidates,
    suppress,
    suppress_oriented,
)
from ml_backends.types import Box, Finding, Polygon, Region

FINER = 4
"""Outlines are traced in masks enlarged so many times."""
SIMPLER = 0.4
"""Network pixels that a simplified outline may be away from the traced one: steps of a diagonal edge are 0.35 deep."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """Knows one network's outputs and what they are called."""

    network: Network
    labels: tuple[str, ...]
    concepts: Mapping[str, str] = field(default_factory=dict)
    calibration: Calibration | None = None
    iou: float = 0.7
    rivals: Mapping[str, str] = field(default_factory=dict)
    """See `ModelCard`; of oriented boxes it is not asked."""

    def __call__(self, raw: Raw, prepared: Prepared) -> list[Finding]:
        """The findings in one picture, best first; their regions lie inside it."""
        if self.network.task == "classify":
            return self._classes(raw[0][0])
        rows = self._rows(raw[0][0])
        regions = {"detect": _boxes, "segment": _outlines, "orient": _oriented}[self.network.task](rows, raw, prepared)
        scored = zip(regions, rows.scores.tolist(), rows.labels.tolist(), strict=True)
        return [self._finding(region, score, label) for region, score, label in scored if region is not None]

    def _classes(self, shares: Floats) -> list[Finding]:
        return [self._finding(None, float(shares[n]), n) for n in np.argsort(-shares).tolist() if shares[n] > FLOOR]

    def _finding(self, region: Region | None, score: float, number: int) -> Finding:
        label = self.labels[number]
        score = self.calibration(score) if self.calibration else min(max(score, 0.0), 1.0)
        return Finding("classifying", region, label=label, concept=self.concepts.get(label), score=score)

    def _rows(self, output: Floats) -> Rows:
        rows = already_chosen(output) if self.network.suppressed else self._suppressed(output)
        numbers = {self.labels.index(label): self.labels.index(rival) for label, rival in self.rivals.items()}
        return against_rivals(rows, numbers) if numbers and self.network.task != "orient" else rows

    def _suppressed(self, output: Floats) -> Rows:
        oriented = self.network.task == "orient"
        rows = candidates(output, len(self.labels), oriented)
        return suppress_oriented(rows, self.iou) if oriented else suppress(rows, self.iou)


def _boxes(rows: Rows, raw: Raw, prepared: Prepared) -> Iterator[Box | None]:
    """None where nothing is left of the box inside the picture."""
    corners = prepared.clip(prepared.to_picture(rows.boxes.reshape(-1, 2, 2)))
    for (x1, y1), (x2, y2) in corners.tolist():
        yield Box(x1, y1, x2 - x1, y2 - y1) if x2 > x1 and y2 > y1 else None


def _oriented(rows: Rows, raw: Raw, prepared: Prepared) -> Iterator[Polygon | None]:
    """Four corners; more or fewer where an edge of the picture cuts the box."""
    cos, sin = np.cos(rows.extra[:, -1:]), np.sin(rows.extra[:, -1:])
    centre, half = rows.boxes[:, :2], rows.boxes[:, 2:] / 2
    right, down = half[:, :1] * np.hstack([cos, sin]), half[:, 1:] * np.hstack([-sin, cos])
    corners = np.stack([centre + x * right + y * down for x, y in ((1, 1), (1, -1), (-1, -1), (-1, 1))], axis=1)
    for quadrangle in prepared.to_picture(corners):
        yield _polygon(_inside(quadrangle, prepared))


def _outlines(rows: Rows, raw: Raw, prepared: Prepared) -> Iterator[Polygon | None]:
    """The outline of each mask's largest part, None for an empty mask."""
    for box, coefficients in zip(rows.boxes, rows.extra, strict=True):
        outline = _largest_outline(_mask(box, coefficients, raw[1][0], prepared.pixels.shape[:2]))
        yield None if outline is None else _polygon(prepared.clip(prepared.to_picture(outline)))


def _mask(box: Floats, coefficients: Floats, prototypes: Floats, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """The prototypes (k, height, width) added up, enlarged to what the network was given, cut at 0 and at the box."""
    import cv2

    sums = np.tensordot(coefficients, prototypes, axes=1)
    mask = (cv2.resize(sums, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR) > 0).astype(np.uint8)
    x1, y1, x2, y2 = np.ceil(box.clip(0)).astype(int)
    cut = np.zeros_like(mask)
    cut[y1:y2, x1:x2] = mask[y1:y2, x1:x2]
    return cut


def _largest_outline(mask: npt.NDArray[np.uint8]) -> Floats | None:
    """Along the edges of the mask's pixels, not through their centres, and simplified to what steps of pixels need."""
    import cv2

    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    size = (width * FINER, height * FINER)
    fine = cv2.resize(mask[top : top + height, left : left + width], size, interpolation=cv2.INTER_NEAREST)
    outlines = cv2.findContours(fine, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    simple = cv2.approxPolyDP(max(outlines, key=cv2.contourArea), SIMPLER * FINER, closed=True)
    corner = np.array([left, top], np.float32)
    return (np.asarray(simple, np.float32).reshape(-1, 2) + np.float32(0.5)) / np.float32(FINER) + corner


def _inside(corners: Floats, prepared: Prepared) -> Floats:
    """The part of a convex outline that lies inside the picture."""
    import cv2

    if np.array_equal(corners, prepared.clip(corners)):
        return corners
    w, h = prepared.width, prepared.height
    area, points = cv2.intersectConvexConvex(corners, np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32))
    return prepared.clip(np.asarray(points if area > 0 else [], np.float32).reshape(-1, 2))


def _polygon(points: Floats) -> Polygon | None:
    """None where fewer than three points are left."""
    return Polygon(tuple((x, y) for x, y in points.tolist())) if len(points) > 2 else None
