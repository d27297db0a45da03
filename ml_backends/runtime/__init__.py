"""What runs a YOLO network: onnxruntime on a processor, torch on a GPU. Both take the same pixels, give the same raw
outputs, and are told apart only here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ml_backends.preprocess import Pixels
from ml_backends.types import BackendUnavailable, Task

if TYPE_CHECKING:
    from torch import Tensor

TASKS: dict[str, Task] = {"detect": "detect", "segment": "segment", "obb": "orient", "classify": "classify"}
"""ultralytics' names of what a network does, and ours."""
Raw: TypeAlias = "tuple[Tensor, ...]"
"""Outputs for one picture, float32 on the processor, first axis of length 1; for segmentation the prototypes second."""


@dataclass(frozen=True, slots=True)
class Network:
    """What a weights file says of itself."""

    task: Task
    labels: tuple[str, ...]
    shape: tuple[int, int]
    """Height and width in pixels that it was made for."""
    stride: int
    fixed: bool = False
    """It takes pictures of just `shape`; otherwise any multiple of `stride`."""
    suppressed: bool = False
    """It does non-maximum suppression itself."""


class Runtime(Protocol):
    """A loaded network."""

    network: Network

    def run(self, pictures: Sequence[Pixels]) -> Iterator[Raw]:
        """Raw outputs in the order of `pictures`, which may differ in size; from one thread only."""
        ...


def choose_device(device: str) -> str:
    """`device`, or for "auto" the best one there is; raises BackendUnavailable where torch cannot use it."""
    import torch

    kind = device.partition(":")[0]
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next(kind for kind in ("cuda", "mps", "cpu") if there[kind])
    if not there.get(kind):
        known = ", ".join(kind for kind, usable in there.items() if usable)
        raise BackendUnavailable(f"device {device!r} cannot be used here (torch {torch.__version__} finds: {known})")
    return device


def open_runtime(weights: Path, device: str, cache: Path) -> Runtime:
    """The network in a .pt or .onnx file of ultralytics; raises BackendUnavailable.

    On a processor a .pt file is exported to ONNX once and kept in `cache`.
    """
    from ml_backends.quiet import quiet_ultralytics

    if not weights.is_file():
        raise BackendUnavailable(f"there is no weights file {weights}")
    quiet_ultralytics(cache / "ultralytics")
    if weights.suffix == ".pt" and device != "cpu":
        from ml_backends.runtime.pytorch import TorchRuntime

        return TorchRuntime(weights, device)
    from ml_backends.runtime.onnx import OnnxRuntime

    if weights.suffix == ".pt":
        from ml_backends.runtime.export import exported

        weights = exported(weights, cache / "onnx")
    return OnnxRuntime(weights, device)
