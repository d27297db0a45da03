"""Our letterbox, runtimes and post-processing find what ultralytics' own predictor finds with the same weights."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from ml_backends.card import Calibration, ModelCard
from ml_backends.types import BackendUnavailable, Box, Directories, Finding, Polygon, Transport
from ml_backends.weights import sha256
from ml_backends.yolo import Yolo

SAME_SCORE = 0.01
SAME_REGION = 0.98
Outline = np.ndarray[Any, np.dtype[np.float32]]
Open = Callable[[str, str], Yolo]


@pytest.fixture(scope="session")
def open_network(networks: Path, cache: Path, offline: Transport) -> Open:
    """Loads one of the tiny networks into onnxruntime or into torch."""

    def open_one(task: str, runtime: str) -> Yolo:
        backend = Yolo(networks / f"shapes-{task}.pt")
        backend.directories = Directories(cache=cache)
        backend.load("cpu", offline)
        if runtime == "torch":
            from ml_backends.runtime.pytorch import TorchRuntime

            backend._runtime = TorchRuntime(networks / f"shapes-{task}.pt", "cpu", cache)
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
    """Intersection over union inside the picture, counted on a grid four times as fine as its pixels."""
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
            twin = max(
                (f for f in left if f.label == label and abs((f.score or 0) - score) < SAME_SCORE),
                key=lambda f: overlap(outline(f), points, picture.size),
                default=None,
            )
            assert twin is not None, (label, score, left)
            assert overlap(outline(twin), points, picture.size) > SAME_REGION
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


@pytest.mark.parametrize("runtime", ["onnx", "torch"])
def test_a_network_that_suppresses_overlaps_itself(
    runtime: str, open_network: Open, reference: Callable[[str, Image.Image], Any], scenes: list[Image.Image]
) -> None:
    backend = open_network("endtoend", runtime)
    for picture, found in zip(scenes, backend.predict(scenes), strict=True):
        expected = {
            (label, round(score, 2))
            for label, score, _ in theirs(reference("endtoend", picture), "detect")
            if score > 0.1
        }
        assert len(expected) >= 3
        near = {(f.label, round((f.score or 0) + d, 2)) for f in found for d in (-SAME_SCORE, 0, SAME_SCORE)}
        assert expected <= near


def test_an_export_for_one_size_gets_pictures_of_that_size(
    networks: Path, tmp_path: Path, quiet: None, offline: Transport, scenes: list[Image.Image]
) -> None:
    from ultralytics import YOLO

    copy = tmp_path / "fixed.pt"
    copy.write_bytes((networks / "shapes-detect.pt").read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exported = Path(YOLO(copy).export(format="onnx", imgsz=[128, 160], batch=2, dynamic=False))
        backend = Yolo(exported)
        backend.load("cpu", offline)
        assert backend.prepare(scenes[0]).pixels.shape == (128, 160, 3)
        for picture, found in zip(scenes, backend.predict(scenes), strict=True):
            network = YOLO(exported, task="detect")
            expected = network.predict([picture] * 2, conf=0.05, imgsz=[128, 160], verbose=False)[0].boxes
            assert [f.score for f in found] == pytest.approx(expected.conf.tolist(), abs=SAME_SCORE)
            boxes = [(f.region.x, f.region.y) for f in found if isinstance(f.region, Box)]
            np.testing.assert_allclose(boxes, expected.xyxy[:, :2], atol=1)


def test_the_weights_tell_what_they_find(open_network: Open, networks: Path) -> None:
    info = open_network("detect", "onnx").info
    assert (info.labels, info.max_edge) == (("disc", "square"), 192)
    assert info.version == info.weights[0].sha256[:12]


def test_a_checkpoint_is_exported_once(networks: Path, tmp_path: Path, offline: Transport) -> None:
    for _ in range(2):
        backend = Yolo(networks / "shapes-classify.pt")
        backend.directories = Directories(cache=tmp_path)
        backend.load("cpu", offline)
        (made,) = (tmp_path / "onnx").glob("*.onnx")
        os.utime(made, ns=(1, 1))
    assert made.stat().st_mtime_ns == 1
    assert [path.suffix for path in networks.iterdir() if path.suffix == ".onnx"] == []


def test_without_a_cache_nothing_is_left_behind(
    networks: Path, tmp_path: Path, offline: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    backend = Yolo(networks / "shapes-classify.pt")
    backend.load("cpu", offline)
    assert list(tmp_path.iterdir()) != []
    del backend
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_without_weights_the_error_says_how_to_give_some(offline: Transport) -> None:
    with pytest.raises(BackendUnavailable, match=r"GLOSSATOR_YOLO_WEIGHTS.*glossator backends add"):
        Yolo().load("cpu", offline)
    with pytest.raises(BackendUnavailable, match=r"no weights file /nowhere/model\.pt"):
        Yolo(Path("/nowhere/model.pt")).load("cpu", offline)


@pytest.mark.parametrize(("device", "said"), [("cuda:9", "cannot be used here"), ("abacus", "finds cpu")])
def test_a_device_that_is_not_there(networks: Path, offline: Transport, device: str, said: str) -> None:
    import torch

    if torch.cuda.is_available() and device.startswith("cuda"):
        pytest.skip("this machine has a GPU")
    with pytest.raises(BackendUnavailable, match=said):
        Yolo(networks / "shapes-detect.pt").load(device, offline)


def test_a_checkpoint_that_carries_code_is_not_run(
    networks: Path, tmp_path: Path, cache: Path, offline: Transport
) -> None:
    import torch

    class Payload:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "executed",)

    torch.save({"model": Payload(), "train_args": {}}, tmp_path / "evil.pt")
    backend = Yolo(tmp_path / "evil.pt")
    backend.directories = Directories(cache=cache)
    with pytest.raises(BackendUnavailable, match=r"evil\.pt cannot be loaded.*ULTRALYTICS_SAFE_LOAD=0"):
        backend.load("cpu", offline)
    assert not (tmp_path / "executed").exists()


def test_a_card_must_fit_its_weights(networks: Path, cache: Path, offline: Transport) -> None:
    pinned = {"shapes-detect.pt": sha256(networks / "shapes-detect.pt")}
    for card in (
        ModelCard("shapes", "1", pinned, ("disc",), 192),
        ModelCard("shapes", "1", pinned, ("disc", "square"), 192, task="segment"),
    ):
        backend = Yolo(networks, card)
        backend.directories = Directories(cache=cache)
        with pytest.raises(BackendUnavailable, match="its card says"):
            backend.load("cpu", offline)


def test_a_card_calibrates_names_and_sizes(
    networks: Path, cache: Path, offline: Transport, scenes: list[Image.Image], open_network: Open
) -> None:
    pinned = {"shapes-detect.pt": sha256(networks / "shapes-detect.pt")}
    half = Calibration((0.0, 1.0), (0.0, 0.5))
    card = ModelCard(
        "forms", "2", pinned, ("round", "cornered"), 192, concepts={"round": "urn:round"}, calibration=half
    )
    backend = Yolo(networks, card)
    backend.directories = Directories(cache=cache)
    backend.load("cpu", offline)
    plain, calibrated = open_network("detect", "onnx").predict(scenes)[0], backend.predict(scenes)[0]
    assert [f.score for f in calibrated] == pytest.approx([(f.score or 0) / 2 for f in plain])
    names = {"disc": ("round", "urn:round"), "square": ("cornered", None)}
    assert [(f.label, f.concept) for f in calibrated] == [names[f.label or ""] for f in plain]


def test_many_lone_pictures_and_many_at_once_find_the_same(open_network: Open, scenes: list[Image.Image]) -> None:
    backend = open_network("detect", "onnx")
    together = backend.predict(scenes * 5)
    alone = [backend.predict([scene])[0] for scene in scenes] * 5
    for some, others in zip(together, alone, strict=True):
        assert [f.score for f in some] == pytest.approx([f.score for f in others], abs=1e-4)


def test_on_a_processor_torch_is_needed_for_the_export_only(networks: Path, tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from PIL import Image
from ml_backends.types import Directories
from ml_backends.yolo import Yolo
backend = Yolo(Path({str(networks / "shapes-detect.pt")!r}))
backend.directories = Directories(cache=Path({str(tmp_path)!r}))
backend.load("cpu", None)
backend.predict([Image.new("RGB", (64, 64))])
print("torch" in sys.modules)
"""
    for expected in ("True", "False"):
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout.split()[-1] == expected
