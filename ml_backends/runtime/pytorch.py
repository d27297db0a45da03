"""A network in torch: the fast way on a GPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ml_backends.preprocess import Pixels
from ml_backends.quiet import quiet_ultralytics
from ml_backends.runtime import Network, Raw, known_task
from ml_backends.types import BackendUnavailable


class TorchRuntime:
    """Pictures of equal size go through the network together, on CUDA with half precision."""

    def __init__(self, weights: Path, device: str, cache: Path) -> None:
        """Raises BackendUnavailable where the file is no checkpoint of ultralytics."""
        quiet_ultralytics(cache / "ultralytics")
        self._device = torch.device(device)
        self._type = torch.float16 if self._device.type == "cuda" else torch.float32
        model = load_checkpoint(weights)
        self.network = _network(weights, model)
        self._model = model.fuse(verbose=False).to(self._device, self._type).eval()

    def run(self, pictures: Sequence[Pixels]) -> Iterator[Raw]:
        """See `Runtime`."""
        found: dict[int, Raw] = {}
        for numbers in _alike(pictures):
            outputs = self._forward(np.stack([pictures[n] for n in numbers]))
            for row, n in enumerate(numbers):
                found[n] = tuple(output[row : row + 1] for output in outputs)
        return (found[n] for n in range(len(pictures)))

    @torch.no_grad()
    def _forward(self, batch: Pixels) -> Raw:
        pixels = torch.from_numpy(batch).to(self._device).permute(0, 3, 1, 2)
        first = self._model(pixels.to(self._type).div_(255))
        while isinstance(first, tuple) and isinstance(first[0], tuple):
            first = first[0]
        # detect and classify: (found, what the loss wants); segment: ((found, prototypes), what the loss wants)
        kept = first[: 2 if self.network.task == "segment" else 1] if isinstance(first, tuple) else (first,)
        return tuple(output.float().cpu().numpy() for output in kept)


def load_checkpoint(weights: Path) -> Any:
    """The network of a .pt file, float32 on the processor; raises BackendUnavailable.

    The file is read by torch's restricted unpickler, see `quiet_ultralytics`.
    """
    from ultralytics.nn import tasks

    try:
        return tasks.load_checkpoint(weights)[0]
    except Exception as error:  # whatever a file that is not what it should be makes ultralytics or pickle say
        raise BackendUnavailable(
            f"{weights} cannot be loaded as an ultralytics checkpoint: {error} "
            "(One that holds classes of its own can be read with ULTRALYTICS_SAFE_LOAD=0, which runs code from the "
            "file: only for files whose author you trust.)"
        ) from error


def _network(weights: Path, model: Any) -> Network:
    side = model.args["imgsz"]
    shape = (side, side) if isinstance(side, int) else (side[0], side[-1])
    labels = tuple(model.names[i] for i in sorted(model.names))
    return Network(
        known_task(weights, model.task),
        labels,
        shape,
        max(32, int(max(model.stride))),
        suppressed=bool(getattr(model, "end2end", False)),
    )


def _alike(pictures: Sequence[Pixels]) -> list[list[int]]:
    """The numbers of the pictures, those of one size together."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, pixels in enumerate(pictures):
        groups.setdefault(pixels.shape, []).append(number)
    return list(groups.values())
