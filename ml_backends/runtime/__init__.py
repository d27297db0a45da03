"""What runs a YOLO network: onnxruntime on a processor, torch on a GPU. Both take the same pixels, give the same raw
outputs, and are told apart only here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ml_backends.preprocess import Pixels
from ml_backends.quiet import check_opencv
from ml_backends.types import BackendUnavailable, Task

TASKS: dict[str, Task] = {"detect": "detect", "segment": "segment", "obb": "orient", "classify": "classify"}
"""ultralytics' names of what a network does, and ours."""
Raw: TypeAlias = tuple[npt.NDArray[np.float32], ...]
"""Outputs for one picture, the first axis of length 1; for segmentation the prototypes second."""


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


def known_task(weights: Path, name: str | None) -> Task:
    """Our name of ultralytics' task; raises BackendUnavailable for one that is not among TASKS."""
    if name not in TASKS:
        raise BackendUnavailable(f"{weights} is for the task {name!r}; what can be used here is {', '.join(TASKS)}")
    return TASKS[name]


def choose_device(device: str) -> str:
    """`device`, or for "auto" the best one there is; raises BackendUnavailable where torch cannot use it.

    torch is only imported where there may be something else than a processor.
    """
    if device == "cpu" or (device == "auto" and not _may_have_gpu()):
        return "cpu"
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    usable = [kind for kind, found in there.items() if found]
    if device != "auto" and device.partition(":")[0] not in usable:
        known = ", ".join(usable)
        raise BackendUnavailable(f"device {device!r} cannot be used here; torch {torch.__version__} finds {known}")
    return usable[0] if device == "auto" else device


def _may_have_gpu() -> bool:
    """On Linux the drivers of NVIDIA, of AMD and of WSL show themselves as devices."""
    drivers = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
    return sys.platform != "linux" or any(Path(driver).exists() for driver in drivers)


def open_runtime(weights: Path, device: str, cache: Path) -> Runtime:
    """The network in a .pt or .onnx file of ultralytics; raises BackendUnavailable.

    On a processor a .pt file is exported to ONNX once and kept in `cache`; from then on torch is not imported.
    """
    if not weights.is_file():
        raise BackendUnavailable(f"there is no weights file {weights}")
    check_opencv()
    if weights.suffix == ".pt" and device != "cpu":
        from ml_backends.runtime.pytorch import TorchRuntime

        return TorchRuntime(weights, device, cache)
    from ml_backends.runtime.onnx import OnnxRuntime

    if weights.suffix == ".pt":
        from ml_backends.runtime.export import exported

        weights = exported(weights, cache)
    return OnnxRuntime(weights, device)
