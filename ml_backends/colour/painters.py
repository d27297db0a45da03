"""What runs a colouriser's network: onnxruntime on a processor, torch on a GPU. Lightness in, a and b out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from ml_backends.colour.lab import Floats
from ml_backends.types import BackendUnavailable

if TYPE_CHECKING:
    from torch import nn


class Painter(Protocol):
    """A loaded network."""

    def __call__(self, lightness: Sequence[Floats]) -> list[Floats]:
        """For each (height, width) L of 0..100: (h, w, 2) a and b on a grid that may be coarser."""
        ...


class OnnxPainter:
    """One picture after the other: what a picture becomes does not hang on what it is painted together with."""

    def __init__(self, weights: Path, threads: int | None = None) -> None:
        """Raises BackendUnavailable where the file is no such network."""
        import onnxruntime

        from ml_backends.runtime.onnx import cores

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or cores()
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
            self._input = next(told.name for told in self._session.get_inputs() if told.name == "lightness")
        except Exception as error:  # onnxruntime's own exceptions have no common class
            raise BackendUnavailable(f"{weights} is not a colouriser that onnxruntime can load: {error}") from error

    def __call__(self, lightness: Sequence[Floats]) -> list[Floats]:
        """See `Painter`."""
        return [self._one(light) for light in lightness]

    def _one(self, light: Floats) -> Floats:
        (ab,) = self._session.run(["ab"], {self._input: light[None, None]})
        return np.asarray(ab[0].transpose(1, 2, 0), np.float32)


class TorchPainter:
    """Pictures of one size together."""

    def __init__(self, network: nn.Module, weights: Path, device: str) -> None:
        """Loads a state dict by torch's restricted unpickler; raises BackendUnavailable where it does not fit."""
        import torch

        try:
            network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        except Exception as error:  # whatever a file that is not what it should be makes torch or pickle say
            raise BackendUnavailable(f"{weights} has no weights for {type(network).__name__}: {error}") from error
        self._device = torch.device(device)
        self._network = network.float().to(self._device).eval()

    def __call__(self, lightness: Sequence[Floats]) -> list[Floats]:
        """See `Painter`."""
        painted: dict[int, Floats] = {}
        for shape in dict.fromkeys(light.shape for light in lightness):
            numbers = [n for n, light in enumerate(lightness) if light.shape == shape]
            painted |= zip(numbers, self._forward(np.stack([lightness[n] for n in numbers])), strict=True)
        return [painted[n] for n in range(len(lightness))]

    def _forward(self, batch: Floats) -> Floats:
        import torch

        with torch.inference_mode():
            ab = self._network(torch.from_numpy(batch).to(self._device)[:, None])
        return cast(Floats, ab.permute(0, 2, 3, 1).float().cpu().numpy())
