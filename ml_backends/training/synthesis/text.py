"""Text that looks like text from afar: columns in many scripts, headlines, tables, music, handwriting. No pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ml_backends.training.synthesis.ink import Ink

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
LATIN = (
    "LiberationSerif",
    "DejaVuSerif",
    "EBGaramond",
    "OldStandard",
    "LinLibertine",
    "Junicode",
    "LiberationMono",
    "LiberationSans-",
)
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle on a page, in pixels."""

    x: int
    y: int
    width: int
    height: int

    def inset(self, by: int) -> Area:
        """The same rectangle, smaller by `by` on each side, never under 8 pixels."""
        return Area(self.x + by, self.y + by, max(8, self.width - 2 * by), max(8, self.height - 2 * by))


@lru_cache(maxsize=1)
def _font_files() -> tuple[str, ...]:
    found = [str(p) for folder in FONT_FOLDERS if folder.is_dir() for p in sorted(folder.rglob("*.[to]t[fc]"))]
    return tuple(found)


@lru_cache(maxsize=16)
def _matching(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(path for path in _font_files() if any(name in Path(path).name for name in names))


@lru_cache(maxsize=400)
def _load(path: str, size: int) -> Font:
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


def font(names: tuple[str, ...], size: int, rng: np.random.Generator) -> Font:
    """A font of this machine whose file name holds one of `names`; Pillow's own where there is none."""
    files = _matching(names)
    return _load(files[int(rng.integers(len(files)))] if files else "", max(4, size))


def has_script(names: tuple[str, ...]) -> bool:
    """Whether this machine has a font of that name."""
    return bool(_matching(names))


_VOWELS, _CONSONANTS = "aeiouaeioe", "bcdfghlmnprstvdlnrstq"


@lru_cache(maxsize=1)
def _latin_words() -> tuple[str, ...]:
    rng = np.random.default_rng(1480)
    words = []
    for _ in range(3000):
        letters = [
            str(rng.choice(list(_CONSONANTS if k % 2 else _VOWELS))) for k in range(int(rng.geometric(0.22)) + 1)
        ]
        words.append("".join(letters[:13]))
    return tuple(words)


def _shifted(word: str, start: int) -> str:
    return "".join(chr(start + ord(c) - 97) for c in word)


def words(count: int, script: str, rng: np.random.Generator) -> list[str]:
    """`count` words of nonsense: latin, fraktur, cyrillic, greek, arabic."""
    pool = _latin_words()
    picked = [pool[int(k)] for k in rng.integers(len(pool), size=count)]
    starts = {"cyrillic": 0x430, "greek": 0x3B1, "arabic": 0x628, "fraktur": 0x1D586}
    if script in starts:
        return [_shifted(word, starts[script]) for word in picked]
    return [word.capitalize() if rng.random() < 0.15 else word for word in picked]


SCRIPT_FONTS: dict[str, tuple[str, ...]] = {
    "latin": LATIN,
    "fraktur": ("DejaVuMathTeXGyre",),
    "cyrillic": ("DejaVuSerif", "LiberationSerif", "OldStandard"),
    "greek": ("DejaVuSerif", "LiberationSerif", "OldStandard"),
    "arabic": ("Amiri-",),
}
CJK = ("NotoSerifCJK", "NotoSansCJK", "ipam", "uming")


def script(rng: np.random.Generator) -> str:
    """A script for a page, Latin letters most of the time."""
    name = str(rng.choice(list(SCRIPT_FONTS), p=[0.68, 0.17, 0.06, 0.04, 0.05]))
    return name if has_script(SCRIPT_FONTS[name]) else "latin"


def _canvas(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (max(1, width), max(1, height)), 255)
    return image, ImageDraw.Draw(image)


def lay(page: Ink, image: Image.Image, x: int, y: int, tone: tuple[float, float, float] = (0.1, 0.1, 0.1)) -> None:
    """Prints a grey `image` onto `page` at (x, y) in the ink colour `tone`; what lies outside is cut off."""
    ink = np.asarray(image, np.float32)[..., None] / 255
    height, width = min(ink.shape[0], page.shape[0] - y), min(ink.shape[1], page.shape[1] - x)
    if height > 0 and width > 0:
        shade = 1 - (1 - ink[:height, :width]) * (1 - np.array(tone, np.float32))
        page[y : y + height, x : x + width] *= shade


def column(page: Ink, area: Area, size: int, name: str, rng: np.random.Generator, ragged: bool = False) -> None:
    """Fills `area` with lines of text `size` pixels high; `ragged` lines end anywhere, as verse does."""
    image, draw = _canvas(area.width, area.height)
    face = font(SCRIPT_FONTS[name], size, rng)
    advance = max(2.0, face.getlength("".join(words(20, name, rng))) / 90)
    pitch = size * rng.uniform(1.05, 1.5)
    for row in range(int(area.height / pitch)):
        wanted = area.width * (rng.uniform(0.3, 0.9) if ragged or rng.random() < 0.12 else 1.0)
        line = " ".join(words(int(wanted / advance / 3) + 2, name, rng))
        indent = size if rng.random() < 0.1 else 0
        draw.text((indent, row * pitch), line[: max(3, int(wanted / advance))], fill=0, font=face)
    lay(page, image, area.x, area.y, (rng.uniform(0, 0.35),) * 3)


def headline(page: Ink, area: Area, name: str, rng: np.random.Generator) -> None:
    """One to four centred lines in large type, capitals as often as not."""
    image, draw = _canvas(area.width, area.height)
    rows = int(np.clip(area.height / rng.uniform(14, 60), 1, 4))
    for row in range(rows):
        size = int(area.height / rows * rng.uniform(0.5, 0.85))
        text = " ".join(words(int(rng.integers(1, 6)), name, rng))
        text = text.upper() if rng.random() < 0.5 and name != "fraktur" else text
        face = font(SCRIPT_FONTS[name], size, rng)
        length = face.getlength(text)
        if length > area.width:
            face = font(SCRIPT_FONTS[name], max(5, int(size * area.width / length * 0.9)), rng)
        draw.text((area.width / 2, (row + 0.5) * area.height / rows), text, fill=0, font=face, anchor="mm")
    lay(page, image, area.x, area.y)


def vertical(page: Ink, area: Area, size: int, rng: np.random.Generator, rules: bool = False) -> None:
    """Columns of Chinese or Japanese characters, top to bottom; strokes drawn by program where no font has them."""
    image, draw = _canvas(area.width, area.height)
    face = font(CJK, size, rng)
    pitch = max(3, int(size * rng.uniform(1.15, 1.9)))
    kana = rng.random() < 0.5
    for x in range(area.width - pitch, 0, -pitch):
        if rules:
            draw.line((x - (pitch - size) // 2, 0, x - (pitch - size) // 2, area.height), fill=60)
        length = area.height if rng.random() < 0.85 else int(area.height * rng.uniform(0.2, 0.9))
        for y in range(0, length - size, int(size * 1.05) + 1):
            first, last = (0x3041, 0x3094) if kana and rng.random() < 0.6 else (0x4E00, 0x9000)
            if has_script(CJK):
                draw.text((x, y), chr(int(rng.integers(first, last))), fill=0, font=face)
            else:
                _character(draw, x, y, size, rng)
    lay(page, image, area.x, area.y, (rng.uniform(0, 0.3),) * 3)


def _character(draw: ImageDraw.ImageDraw, x: int, y: int, size: int, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(3, 8))):
        ends = rng.uniform(0, size * 0.9, 4)
        if rng.random() < 0.5:
            ends[3] = ends[1]
        draw.line((x + ends[0], y + ends[1], x + ends[2], y + ends[3]), fill=0, width=max(1, size // 10))


def handwriting(page: Ink, area: Area, size: int, rng: np.random.Generator) -> None:
    """Lines of a running hand, drawn as one wavering pen stroke a line."""
    tone = (rng.uniform(0, 0.4), rng.uniform(0, 0.35), rng.uniform(0, 0.3))
    slope = rng.normal(0, 0.01)
    for y in np.arange(area.y + size, area.y + area.height, size * rng.uniform(1.4, 2.2)):
        length = area.width * (rng.uniform(0.3, 1) if rng.random() < 0.2 else 1)
        x = np.arange(0, length, max(1.0, size / 6))
        rise = np.where(rng.random(len(x)) < 0.15, rng.uniform(-1.2, 1.0, len(x)), rng.uniform(-0.3, 0.3, len(x)))
        points = np.stack([x + area.x + rng.normal(0, size / 8, len(x)), y + rise * size * 0.6 + slope * x], 1)
        for stroke in np.array_split(points, max(1, int(length / size / 3))):
            cv2.polylines(page, [stroke[:-1].astype(np.int32)], False, tone, 1, cv2.LINE_AA)


def table(page: Ink, area: Area, name: str, rng: np.random.Generator) -> None:
    """A ruled table of figures, a form, a calendar."""
    columns, rows = int(rng.integers(2, 9)), int(np.clip(area.height / rng.uniform(9, 24), 2, 60))
    ruled = rng.random() < 0.7
    size = max(5, int(area.height / rows * 0.7))
    image, draw = _canvas(area.width, area.height)
    face = font(SCRIPT_FONTS["latin"], size, rng)
    for k in range(columns + 1):
        draw.line((k * area.width / columns, 0, k * area.width / columns, area.height), fill=40)
    for row in range(rows):
        y = row * area.height / rows
        if ruled:
            draw.line((0, y, area.width, y), fill=90)
        for k in range(columns):
            text = words(1, name, rng)[0] if k == 0 and name == "latin" else str(int(rng.integers(1, 99999)))
            draw.text((k * area.width / columns + 3, y + 1), text, fill=0, font=face)
    lay(page, image, area.x, area.y)


def staves(page: Ink, area: Area, rng: np.random.Generator) -> None:
    """Printed music: staves with notes."""
    gap = max(3, int(rng.integers(3, 7)))
    for top in range(area.y, area.y + area.height - 5 * gap, 9 * gap):
        for line in range(5):
            y = top + line * gap
            cv2.line(page, (area.x, y), (area.x + area.width, y), (0.2, 0.2, 0.2), 1)
        for x in np.arange(area.x + 8, area.x + area.width - 4, gap * rng.uniform(2, 5)):
            y = int(top + rng.uniform(0, 4) * gap)
            cv2.ellipse(page, (int(x), y), (max(1, gap // 2 + 1), max(1, gap // 2)), -20, 0, 360, (0.1, 0.1, 0.1), -1)
            cv2.line(page, (int(x) + gap // 2, y), (int(x) + gap // 2, y - 3 * gap), (0.1, 0.1, 0.1), 1)
