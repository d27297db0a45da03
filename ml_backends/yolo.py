"""Anybody's YOLO weights as a backend: boxes, outlines, oriented boxes, or labels for whole pictures."""

from __future__ import annotations

import inspect
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ml_backends import weights as weights_files
from ml_backends.card import Calibration, ModelCard, read_json
from ml_backends.preprocess import Prepared, centre_square, letterbox
from ml_backends.types import BackendInfo, BackendUnavailable, Directories, Finding, Picture, Transport, WeightsFile

if TYPE_CHECKING:
    from ml_backends.postprocess import Decoder
    from ml_backends.runtime import Network, Runtime


class Yolo:
    """Runs a .pt or .onnx file of ultralytics (detect, segment, obb, classify): on a processor with onnxruntime, on a
    GPU with torch.

    `Yolo(Path("model.pt"))` runs just that file. With a model card the weights are the card's, searched beside it by
    their pinned hash. Labels, and the size of picture that is worth fetching, are known once it is loaded, from a card
    at once.
    """

    def __init__(self, weights: Path | None = None, card: ModelCard | None = None) -> None:
        """`weights` is a file, or with a `card` the folder where the card's files lie."""
        info = read_json(BackendInfo, Path(inspect.getfile(type(self))).with_suffix(".json"))
        self.info = card.complete(info) if card else info
        self.directories = Directories()
        self._weights, self._card = weights, card
        self._runtime: Runtime | None = None
        self._decode: Decoder | None = None

    def load(self, device: str, transport: Transport) -> None:
        """See `Backend`. "auto" takes the best device there is."""
        from ml_backends.postprocess import Decoder
        from ml_backends.runtime import choose_device, open_runtime

        device = choose_device(device)
        weights = self._find(device, transport)
        self._runtime = open_runtime(weights, device, self.directories.cache or self._scratch())
        network = self._runtime.network
        if self._card is None:
            self.info = self._told_by(network, weights)
            self._decode = Decoder(network, network.labels)
        elif len(self._card.labels) == len(network.labels) and self._card.task == network.task:
            card = self._card
            self._decode = Decoder(network, card.labels, card.concepts, card.calibration, card.iou, card.rivals)
        else:
            raise BackendUnavailable(
                f"{weights} finds {network.labels} ({network.task}), its card says {self._card.labels}"
            )

    @property
    def calibration(self) -> Calibration | None:
        """The curve that scores go through, where the card has one."""
        return self._card.calibration if self._card else None

    def prepare(self, picture: Picture) -> Prepared:
        """See `Prepares`."""
        network = self._loaded().network
        if network.task == "classify":
            return centre_square(picture, network.shape[0])
        size = self._card.imgsz if self._card and not network.fixed else None
        shape = (size, size) if size else network.shape
        return letterbox(picture, shape, None if network.fixed else network.stride)

    def predict(self, pictures: Sequence[Picture]) -> Sequence[list[Finding]]:
        """See `Backend`."""
        return self.predict_prepared([self.prepare(picture) for picture in pictures])

    def predict_prepared(self, prepared: Sequence[Prepared]) -> Sequence[list[Finding]]:
        """See `Prepares`."""
        runtime, decode = self._loaded(), self._decode
        assert decode is not None
        raws = runtime.run([one.pixels for one in prepared])
        return [decode(raw, one) for raw, one in zip(raws, prepared, strict=True)]

    def _loaded(self) -> Runtime:
        if self._runtime is None:
            raise RuntimeError(f"backend {self.info.name!r} is used before load()")
        return self._runtime

    def _told_by(self, network: Network, weights: Path) -> BackendInfo:
        digest = weights_files.sha256(weights)
        file = WeightsFile(weights.name, digest)
        known = replace(self.info, labels=network.labels, max_edge=max(network.shape))
        return replace(known, version=digest[:12], weights=(file,))

    def _find(self, device: str, transport: Transport) -> Path:
        """The .onnx file for a processor, the .pt file for a GPU, or the other one where only that exists."""
        if self._card is None:
            if self._weights is None:
                raise BackendUnavailable(
                    "backend 'yolo' has no weights: set GLOSSATOR_YOLO_WEIGHTS=/path/to/model.pt, or give them a name "
                    "of their own with: glossator backends add /path/to/model.pt --name NAME"
                )
            return self._weights
        wanted = ".onnx" if device == "cpu" else ".pt"
        file = min(self._card.files, key=lambda file: not file.name.endswith(wanted))
        return weights_files.find(file, self._weights, self.directories, transport)

    def _scratch(self) -> Path:
        """A folder that goes when the backend goes."""
        folder = tempfile.mkdtemp(prefix="glossator-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)
