"""A backend that reads pages whose text is known: it recognises the picture, and finds the lines of its PAGE or ALTO.

$LECTOR is a folder with `<page>.jpg` and `<page>.xml`. It is installed by putting this directory on PYTHONPATH.
"""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_backends.types import BackendInfo, Box, Finding, Transport


@dataclass(frozen=True, slots=True)
class Known:
    """A page: how it looks, its size in the units of its lines, and those."""

    look: NDArray[np.float64]
    width: int
    height: int
    lines: list[tuple[Box, str]]


class Lector:
    info = BackendInfo("lector", "1.0", "Lines of text", motivations=("supplementing",), max_edge=1024, batch=1)

    def load(self, device: str, transport: Transport) -> None:
        self._known = [known(file) for file in sorted(Path(os.environ["LECTOR"]).glob("*.xml"))]

    def predict(self, pictures: Sequence[Image.Image]) -> list[list[Finding]]:
        return [self._read(picture) for picture in pictures]

    def _read(self, picture: Image.Image) -> list[Finding]:
        page = min(self._known, key=lambda known: float(np.abs(known.look - look(picture)).mean()))
        across, down = picture.width / page.width, picture.height / page.height
        return [
            Finding("supplementing", Box(b.x * across, b.y * down, b.width * across, b.height * down), text=text)
            for b, text in page.lines
        ]


def known(file: Path) -> Known:
    """A page by its ALTO or PAGE file, beside which its picture lies."""
    root = ET.parse(file).getroot()
    page = next(element for element in root.iter() if local(element) == "Page")
    width, height = (
        int(page.get(a) or page.get(b) or 0) for a, b in (("WIDTH", "imageWidth"), ("HEIGHT", "imageHeight"))
    )
    with Image.open(file.with_suffix(".jpg")) as picture:
        return Known(look(picture), width, height, [line for line in lines(root) if line[1]])


def lines(root: ET.Element) -> Iterator[tuple[Box, str]]:
    """The lines in the order of the file."""
    for line in root.iter():
        if local(line) == "TextLine":
            yield (alto if "HPOS" in line.attrib else page_xml)(line)


def alto(line: ET.Element) -> tuple[Box, str]:
    x, y, w, h = (float(line.attrib[name]) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
    return Box(x, y, w, h), " ".join(part.attrib["CONTENT"] for part in line if local(part) == "String").strip()


def page_xml(line: ET.Element) -> tuple[Box, str]:
    outline = next(part.attrib["points"] for part in line if local(part) == "Coords")
    xs, ys = zip(*(map(float, point.split(",")) for point in outline.split()), strict=True)
    texts = [
        text.text or "" for part in line if local(part) == "TextEquiv" for text in part if local(text) == "Unicode"
    ]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)), texts[0] if texts else ""


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def look(picture: Image.Image) -> NDArray[np.float64]:
    return np.asarray(picture.convert("L").resize((24, 24)), dtype=np.float64)
