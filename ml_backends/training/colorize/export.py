"""From a trained network to the two files that are shipped: .pt for torch, .onnx for a processor, in half precision."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import torch

from ml_backends.colour.network import STRIDE, Painter
from ml_backends.training.export import halve
from ml_backends.weights import sha256


def export(network: Painter, folder: Path, name: str) -> dict[str, str]:
    """Writes `folder`/`name`.pt (a state dict) and .onnx ("lightness" in, "ab" out); answers file name -> SHA-256.

    Weights are rounded to half precision in both, so that both paint the same; both compute in single precision.
    """
    folder.mkdir(parents=True, exist_ok=True)
    halved = {key: _half(value) for key, value in network.state_dict().items()}
    torch.save(halved, folder / f"{name}.pt")
    network.load_state_dict(halved)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's older exporter is deprecated; the newer needs a package of its own
        made = Path(scratch) / "network.onnx"
        torch.onnx.export(
            network.eval(),
            (torch.full((1, 1, 4 * STRIDE, 6 * STRIDE), 50.0),),
            str(made),
            input_names=["lightness"],
            output_names=["ab"],
            dynamic_axes={"lightness": {2: "height", 3: "width"}, "ab": {2: "rows", 3: "columns"}},
            dynamo=False,
        )
        halve(made, folder / f"{name}.onnx")
    return {file.name: sha256(file) for file in (folder / f"{name}.onnx", folder / f"{name}.pt")}


def _half(value: torch.Tensor) -> torch.Tensor:
    """Large weights rounded; what is small (biases, statistics) stays exact."""
    return value.half() if value.is_floating_point() and value.ndim > 1 else value
