"""A backend that does what real ones do to an engine: it takes its time, fails, and dies.

It is installed by putting this directory on PYTHONPATH, and told what to do by files in $PROBE:
`hold`: while it is there, predictions wait. Each call is a line in `calls`: process id and the picture's colour.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from PIL.Image import Image

from ml_backends.types import BackendInfo, Box, Finding, Transport

BLACK, RED = "#000000", "#ff0000"
"""A black picture kills its process, a red one makes the model raise."""


class Probe:
    info = BackendInfo("probe", "1.0", "Probe", labels=("page",), max_edge=256, batch=1)

    def load(self, device: str, transport: Transport) -> None:
        self._room = Path(os.environ["PROBE"])

    def predict(self, pictures: Sequence[Image]) -> list[list[Finding]]:
        return [self._look(picture) for picture in pictures]

    def _look(self, picture: Image) -> list[Finding]:
        colour = colour_of(picture)
        with (self._room / "calls").open("a") as calls:
            calls.write(f"{os.getpid()} {colour}\n")
        while (self._room / "hold").exists():
            time.sleep(0.01)
        if colour == BLACK:
            os.kill(os.getpid(), signal.SIGKILL)
        if colour == RED:
            raise ValueError("the model cannot bear red")
        return [Finding("tagging", Box(0, 0, picture.width, picture.height), "page", score=1.0)]


def colour_of(picture: Image) -> str:
    """Of the middle, in steps of 17 so that JPEG does not matter."""
    middle = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(middle, tuple)
    return "#" + "".join(f"{round(part / 17):x}" * 2 for part in middle)
