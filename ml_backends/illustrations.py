"""The default backend: where a scanned page has illustrations, ornaments and initials."""

from __future__ import annotations

from pathlib import Path

from ml_backends.card import ModelCard
from ml_backends.yolo import Yolo

SHIPPED = Path(__file__).with_name("weights") / "illustrations.json"
"""The model card of the weights that come with the package."""


class Illustrations(Yolo):
    """Our own detector with calibrated scores; other versions of it run through the same class."""

    def __init__(self, weights: Path | None = None, card: ModelCard | None = None) -> None:
        """Without arguments: the version that is shipped. Raises BackendUnavailable where its card is missing."""
        super().__init__(weights or SHIPPED.parent, card or ModelCard.read(SHIPPED))
