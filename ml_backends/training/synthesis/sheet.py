"""A page in the making: ink, and the boxes of what was put on it."""

from __future__ import annotations

import cv2
import numpy as np

from ml_backends.training.pages import LABELS
from ml_backends.training.synthesis import cuts, ornaments, text
from ml_backends.training.synthesis.cuts import Supply
from ml_backends.training.synthesis.ink import Ink
from ml_backends.training.synthesis.paper import Boxes
from ml_backends.training.synthesis.text import Area


class Sheet:
    """Ink on white, to which pictures, ornaments and text are added; `boxes` grows with what counts as a region."""

    def __init__(self, width: int, height: int, supply: Supply, rng: np.random.Generator) -> None:
        self.ink: Ink = np.ones((height, width, 3), np.float32)
        self.supply, self.rng = supply, rng
        self.script = text.script(rng)
        self.size = int(np.exp(rng.uniform(np.log(6), np.log(24))))
        self._boxes: list[tuple[float, ...]] = []

    @property
    def area(self) -> Area:
        """The whole sheet."""
        return Area(0, 0, self.ink.shape[1], self.ink.shape[0])

    @property
    def boxes(self) -> Boxes:
        """What was marked so far."""
        return np.array(self._boxes, np.float32).reshape(-1, 5)

    def mark(self, label: str, x: float, y: float, width: float, height: float) -> None:
        """Records a region without drawing it."""
        self._boxes.append((LABELS.index(label), x, y, width, height))

    def paste(self, part: Ink, x: int, y: int, label: str = "illustration") -> None:
        """Prints `part` at (x, y) and marks its drawn extent."""
        window = self.ink[y : y + part.shape[0], x : x + part.shape[1]]
        if not window.size:
            return
        part = part[: window.shape[0], : window.shape[1]]
        window *= part
        left, top, width, height = cuts.drawn_extent(part)
        self.mark(label, x + left, y + top, width, height)

    def picture(self, area: Area, names: tuple[str, ...] = ()) -> None:
        """A picture in the middle of `area`."""
        self._centred(cuts.picture(self.supply, area.width, area.height, self.rng, names), area)

    def cut(self, area: Area) -> None:
        """A picture that was cut from a page, in the middle of `area`."""
        self._centred(cuts.from_page(self.supply, area.width, area.height, self.rng), area)

    def small(self, label: str, area: Area) -> None:
        """An ornament, initial or stamp, of the supply or drawn by program, fitted into `area` and centred in it."""
        stock = {"ornament": self.supply.ornaments, "initial": self.supply.initials, "stamp": self.supply.stamps}[label]
        if stock and self.rng.random() < 0.5:
            part = cuts.fitted(cuts.cut_out(stock[int(self.rng.integers(len(stock)))]), area.width, area.height)
        else:
            part = ornaments.MADE[label](max(8, area.width), max(8, area.height), self.rng)
        self._centred(part, area, label)

    def _centred(self, part: Ink, area: Area, label: str = "illustration") -> None:
        x, y = area.x + (area.width - part.shape[1]) // 2, area.y + (area.height - part.shape[0]) // 2
        self.paste(part, x, y, label)

    def text(self, area: Area, ragged: bool = False) -> None:
        """A column of text in the sheet's script and size."""
        text.column(self.ink, area, self.size, self.script, self.rng, ragged)

    def headline(self, area: Area) -> None:
        """Large type, centred."""
        text.headline(self.ink, area, self.script, self.rng)

    def rule(self, x0: float, y0: float, x1: float, y1: float, thick: int = 1) -> None:
        """A printed line."""
        cv2.line(self.ink, (int(x0), int(y0)), (int(x1), int(y1)), (0.15, 0.15, 0.15), thick)

    def border(self, area: Area) -> None:
        """A frame of rules, dots or small type ornaments around `area`."""
        kind, far = self.rng.random(), (area.x + area.width, area.y + area.height)
        for k in range(int(self.rng.integers(1, 4))):
            if kind < 0.75:
                start, end = (area.x + 3 * k, area.y + 3 * k), (far[0] - 3 * k, far[1] - 3 * k)
                cv2.rectangle(self.ink, start, end, (0.15, 0.15, 0.15), int(self.rng.integers(1, 4)))
        if kind >= 0.75:
            self._beads(area, far)

    def _beads(self, area: Area, far: tuple[int, int]) -> None:
        step, radius = int(self.rng.integers(5, 12)), int(self.rng.integers(1, 4))
        for x in range(area.x, far[0] + 1, step):
            for y in (area.y, far[1]):
                cv2.circle(self.ink, (x, y), radius, (0.2, 0.2, 0.2), int(self.rng.choice([-1, 1])))
        for y in range(area.y, far[1] + 1, step):
            for x in (area.x, far[0]):
                cv2.circle(self.ink, (x, y), radius, (0.2, 0.2, 0.2), int(self.rng.choice([-1, 1])))


def upright_sheet(supply: Supply, rng: np.random.Generator, low: float = 1.15, high: float = 1.75) -> Sheet:
    """An empty sheet, `low` to `high` times as high as it is wide."""
    width = int(rng.integers(480, 680))
    return Sheet(width, int(width * rng.uniform(low, high)), supply, rng)


def margin(sheet: Sheet) -> Area:
    """The area that is printed on, with margins drawn at random."""
    width, height = sheet.area.width, sheet.area.height
    x, y = int(width * sheet.rng.uniform(0.03, 0.16)), int(height * sheet.rng.uniform(0.03, 0.14))
    return Area(x, y, width - int(x * sheet.rng.uniform(1.6, 2.4)), height - int(y * sheet.rng.uniform(1.8, 2.6)))
