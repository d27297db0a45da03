"""Paints grey pictures: colours are guessed from what is seen, the lightness of every pixel stays the original's."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ml_backends import weights as weights_files
from ml_backends.card import ModelCard, read_json
from ml_backends.colour import greyness, lab
from ml_backends.colour.lab import Floats
from ml_backends.colour.painters import OnnxPainter, Painter, TorchPainter
from ml_backends.preprocess import rgb
from ml_backends.types import BackendInfo, BackendUnavailable, Directories, Finding, Picture, Transport

SHIPPED = Path(__file__).with_name("weights") / "colorize.json"
"""The model card of the weights that come with the package."""
PAINTED, DECLINED = "colourised", "in colour"
LONGEST = 4
"""The longer side that the network sees is at most so many times the side of a square of that area."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture, and what the network is given of it: nothing where the picture is in colour already."""

    picture: Picture
    """RGB."""
    lightness: Floats | None
    coloured: float
    """The share of its pixels that are in colour."""


class Colorize:
    """Answers a picture of the same size in colour, or for one that has colours the finding that says so."""

    side = 256
    """The network sees as many pixels as a square of that side has, in the proportions of the picture."""
    stride = 32
    """Both sides of what it sees are multiples of it."""

    def __init__(self, weights: Path | None = None, card: ModelCard | None = None) -> None:
        """Without arguments: the version that is shipped. Raises BackendUnavailable where its card is missing."""
        self._folder, self._card = weights or SHIPPED.parent, card or self._shipped()
        info = read_json(BackendInfo, Path(inspect.getfile(type(self))).with_suffix(".json"))
        self.info = self._card.complete(info) if self._card else info
        self.directories = Directories()
        self._painter: Painter | None = None

    def load(self, device: str, transport: Transport) -> None:
        """See `Backend`. "auto" takes the best device there is."""
        from ml_backends.runtime import choose_device

        self._painter = self._open(choose_device(device), transport)

    def prepare(self, picture: Picture) -> Prepared:
        """See `Prepares`."""
        seen = rgb(picture)
        share = greyness.coloured_share(seen)
        if greyness.in_colour(seen):
            return Prepared(seen, None, share)
        return Prepared(seen, lab.small_lightness(seen, self._size(seen)), share)

    def predict(self, pictures: Sequence[Picture]) -> Sequence[list[Finding]]:
        """See `Backend`."""
        return self.predict_prepared([self.prepare(picture) for picture in pictures])

    def predict_prepared(self, prepared: Sequence[Prepared]) -> Sequence[list[Finding]]:
        """See `Prepares`."""
        if self._painter is None:
            raise RuntimeError(f"backend {self.info.name!r} is used before load()")
        grey = [one.lightness for one in prepared if one.lightness is not None]
        colours = iter(self._painter(grey))
        return [[_declined(one) if one.lightness is None else _painted(one, next(colours))] for one in prepared]

    def checkpoint(self) -> Path:
        """The .pt file, for a training that starts from it; raises BackendUnavailable."""
        for file in self._card.files if self._card else ():
            if file.name.endswith(".pt"):
                return weights_files.find(file, self._folder, self.directories, weights_files.Offline())
        raise BackendUnavailable(f"{self.info.name} {self.info.version} has no .pt file to start from")

    def _shipped(self) -> ModelCard | None:
        return ModelCard.read(SHIPPED)

    def _open(self, device: str, transport: Transport) -> Painter:
        """The .onnx file for a processor, the .pt file for a GPU."""
        assert self._card is not None
        wanted = ".onnx" if device == "cpu" else ".pt"
        file = min(self._card.files, key=lambda file: not file.name.endswith(wanted))
        path = weights_files.find(file, self._folder, self.directories, transport)
        if path.suffix == ".onnx":
            return OnnxPainter(path)
        from ml_backends.colour.network import Painter as OurNetwork

        return TorchPainter(OurNetwork(), path, device)

    def _size(self, picture: Picture) -> tuple[int, int]:
        """Width and height that the network is given."""
        side = self._card.imgsz if self._card else self.side
        return working_size(picture.size, side, self.stride)


def working_size(size: tuple[int, int], side: int, stride: int) -> tuple[int, int]:
    """About `side` squared pixels, in about the proportions of `size`, both sides multiples of `stride`."""
    shape = (size[0] / size[1]) ** 0.5
    wanted = (side * shape, side / shape)
    most = LONGEST * side // stride
    return tuple(stride * min(max(round(edge / stride), 1), most) for edge in wanted)


def _painted(one: Prepared, ab: Floats) -> Finding:
    return Finding("painting", label=PAINTED, picture=lab.repaint(one.picture, lab.follow_edges(one.picture, ab)))


def _declined(one: Prepared) -> Finding:
    return Finding("classifying", label=DECLINED, score=one.coloured)
