"""Our letterbox, runtimes and post-processing find what ultralytics' own predictor finds with the same weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from ml_backends.types import BackendUnavailable, Box, Directories, Finding, Polygon
from ml_backends.yolo import Yolo

SAME_SCORE = 0.01
SAME_REGION = 0.98
Outline = np.ndarray[Any, np.dtype[np.float32]]
Open = Callable[[str, str], Yolo]


class NoNetwork:
    """A transport that must not be needed."""

    def get(self, url: str, *, max_bytes: int) -> bytes:
        raise OSError(url)

    def post(self, url: str, body: bytes, *, headers: object, max_bytes: int) -> bytes:
        raise OSError(url)


@pytest.fixture(scope="session")
def open_network(networks: Path, cache: Path) -> Open:
    """Loads one of the tiny networks into onnxruntime or into torch."""

    def open_one(task: str, runtime: str) -> Yolo:
        backend = Yolo(networks / f"shapes-{task}.pt")
        backend.directories = Directories(cache=cache)
        backend.load("cpu", NoNetwork())
        if runtime == "torch":
            from ml_backends.runtime.pytorch import TorchRuntime

            backend._runtime = TorchRuntime(networks / f"shapes-{task}.pt", "cpu")
        return backend

    return open_one


@pytest.fixture(scope="session")
def reference(networks: Path, quiet: None) -> Callable[[str, Image.Image], Any]:
    """What ultralytics itself answers."""
    from ultralytics import YOLO

    def answer(task: str, picture: Image.Image) -> Any:
        return YOLO(networks / f"shapes-{task}.pt").predict(picture, conf=0.05, verbose=False, device="cpu")[0]

    return answer


def overlap(one: Outline, other: Outline, size: tuple[int, int]) -> float:
    """Intersection over union, counted on a grid four times as fine as the pixels of the picture."""
    grids = [np.zeros((size[1] * 4, size[0] * 4), np.uint8) for _ in range(2)]
    for grid, outline in zip(grids, (one, other), strict=True):
        cv2.fillPoly(grid, [(outline * 4).round().astype(np.int32)], 1)
    return float((grids[0] & grids[1]).sum() / max((grids[0] | grids[1]).sum(), 1))


def outline(finding: Finding) -> Outline:
    match finding.region:
        case Box(x, y, w, h):
            return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)
        case Polygon(points):
            return np.array(points, np.float32)
    raise AssertionError(finding)


def theirs(result: Any, task: str) -> Iterable[tuple[str, float, Outline]]:
    """Label, score and outline of what ultralytics found."""
    boxes = result.obb if task == "obb" else result.boxes
    for n, (label, score) in enumerate(zip(boxes.cls.tolist(), boxes.conf.tolist(), strict=True)):
        if task == "detect":
            x1, y1, x2, y2 = boxes.xyxy[n].tolist()
            points = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)
        else:
            points = boxes.xyxyxyxy[n].numpy() if task == "obb" else largest_part(result, n)
        yield result.names[int(label)], score, points


def largest_part(result: Any, n: int) -> Outline:
    """The n-th mask's largest part in pixels of the picture, traced at four times the size."""
    from ultralytics.utils.ops import scale_coords

    mask = result.masks.data[n].numpy().astype(np.uint8)
    fine = cv2.resize(mask, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    parts = cv2.findContours(fine, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    points = (max(parts, key=cv2.contourArea).reshape(-1, 2).astype(np.float32) + 0.5) / 4
    return np.asarray(scale_coords(mask.shape, points, result.orig_shape))


@pytest.mark.parametrize("runtime", ["onnx", "torch"])
@pytest.mark.parametrize("task", ["detect", "obb", "segment"])
def test_the_same_regions_as_ultralytics(
    task: str, runtime: str, open_network: Open, reference: Callable[[str, Image.Image], Any], scenes: list[Image.Image]
) -> None:
    backend = open_network(task, runtime)
    for picture, found in zip(scenes, backend.predict(scenes), strict=True):
        left = list(found)
        expected = list(theirs(reference(task, picture), task))
        assert len(expected) >= 3, "the picture shows at least three shapes"
        for label, score, points in expected:
            inside = points.clip(0, picture.size)
            twin = max(
                (f for f in left if f.label == label and abs((f.score or 0) - score) < SAME_SCORE),
                key=lambda f: overlap(outline(f), inside, picture.size),
                default=None,
            )
            assert twin is not None, (label, score, left)
            assert overlap(outline(twin), inside, picture.size) > SAME_REGION
            left.remove(twin)
        assert left == []


@pytest.mark.parametrize("runtime", ["onnx", "torch"])
def test_the_same_labels_as_ultralytics(
    runtime: str, open_network: Open, reference: Callable[[str, Image.Image], Any], scenes: list[Image.Image]
) -> None:
    backend = open_network("classify", runtime)
    for picture, found in zip(scenes, backend.predict(scenes), strict=True):
        probabilities = reference("classify", picture).probs.data.tolist()
        expected = sorted(zip(probabilities, backend.info.labels, strict=True), reverse=True)
        assert [finding.label for finding in found] == [label for share, label in expected if share > 0.05]
        assert [finding.score for finding in found] == pytest.approx([share for share, _ in expected], abs=SAME_SCORE)
        assert all(finding.region is None for finding in found)
