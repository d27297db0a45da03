"""What the published colourisers have in common: weights by pinned hash, fetched when first loaded, run by torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_backends import weights as weights_files
from ml_backends.card import ModelCard
from ml_backends.colorize import Colorize
from ml_backends.colour.painters import Painter, TorchPainter
from ml_backends.types import Transport

if TYPE_CHECKING:
    from torch import nn


class Published(Colorize):
    """A backend whose JSON file names one file of weights.

    Without a network the file may be put into the directory that GLOSSATOR_WEIGHTS names; `load` says which.
    """

    stride = 8

    def network(self) -> nn.Module:
        """With random weights, in the layout of the file."""
        raise NotImplementedError

    def _shipped(self) -> ModelCard | None:
        return None

    def _open(self, device: str, transport: Transport) -> Painter:
        (file,) = self.info.weights
        path = weights_files.find(file, None, self.directories, transport)
        return TorchPainter(self.network(), path, device)
