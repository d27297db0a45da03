"""From the raw outputs of a YOLO network to findings in pixels of the picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ml_backends.card import Calibration
from ml_backends.preprocess import Prepared
from ml_backends.runtime import Network, Raw
from ml_backends.types import Box, Finding, Polygon, Region

if TYPE_CHECKING:
    from torch import Tensor

FLOOR = 0.05
"""Raw scores at or below it are not kept."""
MOST_FINDINGS = 300
"""In one picture; ultralytics' own limit."""
MOST_CANDIDATES = 5000
"""Best candidates that suppression looks at; its cost grows with their square."""
MASKS_AT_ONCE = 16
"""Each takes four bytes for every pixel that the network is given."""
FINER = 4
"""Outlines are traced in masks enlarged so many times."""
SIMPLER = 0.4
"""Network pixels that a simplified outline may be away from the traced one: steps of a diagonal edge are 0.35 deep."""

Points = npt.NDArray[np.float32]
"""Shape (n, 2), x and y."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """Knows one network's outputs and what they are called."""

    network: Network
    labels: tuple[str, ...]
    concepts: Mapping[str, str] = field(default_factory=dict)
    calibration: Calibration | None = None
    iou: float = 0.7

    def __call__(self, raw: Raw, prepared: Prepared) -> list[Finding]:
        """The findings in one picture, best first; their regions lie inside it."""
        if self.network.task == "classify":
            return self._classes(raw[0][0])
        rows = self._suppressed(raw[0])
        regions = {"detect": _boxes, "segment": _outlines, "orient": _oriented}[self.network.task](rows, raw, prepared)
        scored = zip(regions, rows[:, 4].tolist(), rows[:, 5].int().tolist(), strict=True)
        return [self._finding(region, score, label) for region, score, label in scored if region is not None]

    def _classes(self, shares: Tensor) -> list[Finding]:
        order = shares.argsort(descending=True).tolist()
        return [self._finding(None, float(shares[i]), i) for i in order if shares[i] > FLOOR]

    def _finding(self, region: Region | None, score: float, number: int) -> Finding:
        label = self.labels[number]
        score = self.calibration(score) if self.calibration else min(max(score, 0.0), 1.0)
        return Finding("classifying", region, label=label, concept=self.concepts.get(label), score=score)

    def _suppressed(self, candidates: Tensor) -> Tensor:
        """Rows of x1 y1 x2 y2 (oriented: x y w h), score, label number, then mask coefficients or the angle."""
        from ultralytics.utils.nms import non_max_suppression

        rows: Tensor = non_max_suppression(
            candidates,
            FLOOR,
            self.iou,
            nc=len(self.labels),
            rotated=self.network.task == "orient",
            end2end=self.network.suppressed,
            max_det=MOST_FINDINGS,
            max_nms=MOST_CANDIDATES,
            max_time_img=math.inf,  # by default it drops, on a busy machine, what it did not get to
        )[0]
        return rows


def _boxes(rows: Tensor, raw: Raw, prepared: Prepared) -> Iterator[Box | None]:
    """None where nothing is left of the box inside the picture."""
    from ultralytics.utils.ops import scale_boxes

    scaled: Any = scale_boxes(prepared.pixels.shape[:2], rows[:, :4].clone(), (prepared.height, prepared.width))
    for x1, y1, x2, y2 in scaled.tolist():
        yield Box(x1, y1, x2 - x1, y2 - y1) if x2 > x1 and y2 > y1 else None


def _oriented(rows: Tensor, raw: Raw, prepared: Prepared) -> Iterator[Polygon | None]:
    """Four corners; more or fewer where an edge of the picture cuts the box."""
    from ultralytics.utils.ops import scale_boxes, xywhr2xyxyxyxy

    size = (prepared.height, prepared.width)
    centred: Any = scale_boxes(prepared.pixels.shape[:2], rows[:, :4].clone(), size, xywh=True)
    corners = xywhr2xyxyxyxy(np.hstack([centred.numpy(), rows[:, -1:].numpy()]))
    for quadrangle in corners.astype(np.float32):
        yield _polygon(_inside(quadrangle, prepared))


def _outlines(rows: Tensor, raw: Raw, prepared: Prepared) -> Iterator[Polygon | None]:
    """The outline of each mask's largest part, None for an empty mask."""
    for mask in _masks(rows, raw[1][0], prepared.pixels.shape[:2]):
        outline = _largest_outline(mask)
        yield _polygon(_to_picture(outline, prepared)) if outline is not None else None


def _masks(rows: Tensor, prototypes: Tensor, shape: tuple[int, ...]) -> Iterator[npt.NDArray[np.uint8]]:
    import torch
    from ultralytics.utils.ops import process_mask

    for some in torch.split(rows, MASKS_AT_ONCE):
        yield from process_mask(prototypes, some[:, 6:], some[:, :4], shape, upsample=True).numpy()


def _largest_outline(mask: npt.NDArray[np.uint8]) -> Points | None:
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


def _to_picture(points: Points, prepared: Prepared) -> Points:
    from ultralytics.utils.ops import scale_coords

    scaled: Points = scale_coords(prepared.pixels.shape[:2], points, (prepared.height, prepared.width))
    return scaled


def _inside(corners: Points, prepared: Prepared) -> Points:
    """The part of a convex outline that lies inside the picture."""
    import cv2

    w, h = prepared.width, prepared.height
    if corners.min() >= 0 and corners[:, 0].max() <= w and corners[:, 1].max() <= h:
        return corners
    frame = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    area, points = cv2.intersectConvexConvex(corners, frame)
    return np.asarray(points if area > 0 else [], np.float32).reshape(-1, 2).clip(0, (w, h))


def _polygon(points: Iterable[Iterable[float]]) -> Polygon | None:
    """None where fewer than three points are left."""
    corners = tuple((float(x), float(y)) for x, y in points)
    return Polygon(corners) if len(corners) > 2 else None
