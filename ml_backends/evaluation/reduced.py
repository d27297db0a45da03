"""Pictures as the product shows them to a model: no larger than the model asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PIL import Image
from PIL.Image import Image as Picture

from ml_backends.evaluation.detection import Predict
from ml_backends.types import Box, Finding, Polygon


def reduced(predict: Predict, max_edge: int) -> Predict:
    """`predict` for pictures of any size: it is shown them with `max_edge` pixels at most on the longer side, and what
    it finds is told in pixels of the pictures that were given."""

    def whole(pictures: Sequence[Picture]) -> list[list[Finding]]:
        shown = [_shown(picture, max_edge) for picture in pictures]
        return [
            [_enlarged(finding, picture.width / small.width, picture.height / small.height) for finding in findings]
            for picture, small, findings in zip(pictures, shown, predict(shown), strict=True)
        ]

    return whole


def _shown(picture: Picture, max_edge: int) -> Picture:
    scale = max_edge / max(picture.size)
    if scale >= 1:
        return picture
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)  # as pictures are fetched


def _enlarged(finding: Finding, across: float, down: float) -> Finding:
    region = finding.region
    if isinstance(region, Box):
        region = Box(region.x * across, region.y * down, region.width * across, region.height * down)
    elif isinstance(region, Polygon):
        region = Polygon(tuple((x * across, y * down) for x, y in region.points))
    return replace(finding, region=region)
