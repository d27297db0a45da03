"""A backend that draws: a grey picture comes back in shades of green, one in colour is declined.

It is installed by putting this directory on PYTHONPATH. While the file $TINT/hold is there, predictions wait.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ml_backends.types import BackendInfo, Finding, Transport

SHADE = (0.4, 1.0, 0.5)
"""Of the luminance, in red, green and blue."""
IN_COLOUR = 24
"""Levels between the channels, on average, from which on a picture is in colour."""
WRONG = 8
"""A picture that is as bright as this, everywhere, is drawn in a frame of its own."""


class Tint:
    info = BackendInfo("tint", "1.0", "Tint", labels=("tinted", "in colour"), max_edge=2048, variant="tinted")

    def load(self, device: str, transport: Transport) -> None:
        self._room = Path(os.environ.get("TINT", "/nonexistent"))

    def predict(self, pictures: Sequence[Image.Image]) -> list[list[Finding]]:
        return [self._draw(picture) for picture in pictures]

    def _draw(self, picture: Image.Image) -> list[Finding]:
        while (self._room / "hold").exists():
            time.sleep(0.01)
        pixels = np.asarray(picture.convert("RGB")).astype(float)
        if np.ptp(pixels, axis=2).mean() > IN_COLOUR:
            return [Finding("classifying", label="in colour", score=1.0)]
        drawn = Image.fromarray((pixels.mean(axis=2, keepdims=True) * SHADE).round().astype(np.uint8))
        if abs(pixels - WRONG).max() < 2:
            drawn = drawn.crop((0, 0, drawn.width, drawn.height // 2))
        return [Finding("classifying", label="a scan", score=0.5), Finding("painting", label="tinted", picture=drawn)]
