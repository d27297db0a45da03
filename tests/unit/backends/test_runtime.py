"""What runs a network: threads, and files that are no networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from ml_backends.preprocess import letterbox
from ml_backends.runtime import choose_device, open_runtime
from ml_backends.runtime.onnx import OnnxRuntime, cores
from ml_backends.types import BackendUnavailable


@pytest.fixture(scope="module")
def network(networks: Path, cache: Path) -> Path:
    """An exported detector."""
    from ml_backends.runtime.export import exported

    return exported(networks / "shapes-detect.pt", cache)


def test_threads_change_nothing_but_the_time(network: Path, scenes: list[Image.Image]) -> None:
    pixels = [letterbox(scene, (192, 192), 32).pixels for scene in scenes * 2]
    one, *others = ([raw[0] for raw in OnnxRuntime(network, threads=threads).run(pixels)] for threads in (1, 2, 3, 64))
    for other in others:
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)


def test_at_least_one_core() -> None:
    assert cores() >= 1


def test_the_processor_can_always_be_chosen() -> None:
    assert choose_device("cpu") == "cpu"
    assert choose_device("auto") in ("cpu", "cuda", "mps")


def identity(path: Path, **told: str) -> Path:
    """An ONNX model that gives back what it gets, with metadata."""
    names = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, ["n", 3, "h", "w"]) for n in ("a", "b")]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["a"], ["b"])], "identity", names[:1], names[1:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=10)
    onnx.helper.set_model_props(model, told)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "task None; what can be used here is detect, segment, obb, classify"),
        ({"task": "pose"}, "task 'pose'"),
        ({"task": "detect", "names": "{0: 'a'}", "imgsz": "[64, 64]"}, "does not say what it finds .'stride'"),
        ({"task": "detect", "names": "__import__('os')", "imgsz": "[64, 64]", "stride": "32"}, "does not say"),
    ],
)
def test_a_model_that_ultralytics_did_not_export(tmp_path: Path, told: dict[str, str], said: str) -> None:
    with pytest.raises(BackendUnavailable, match=said):
        open_runtime(identity(tmp_path / "other.onnx", **told), "cpu", tmp_path)


@pytest.mark.parametrize("name", ["empty.onnx", "empty.pt"])
def test_a_file_that_is_no_model(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(BackendUnavailable, match=name):
        open_runtime(tmp_path / name, "cpu", tmp_path / "cache")
