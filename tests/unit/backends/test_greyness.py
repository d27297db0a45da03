"""What counts as a picture in colour: sepia and stains do not, a hand-coloured card does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PIL.Image import Image as Picture

from ml_backends.colour.greyness import coloured_share, in_colour

DATA = Path(__file__).parents[2] / "data"


def photograph() -> Picture:
    """The grey of a real collotype."""
    return Image.open(DATA / "postcards" / "KPr000_2.jpg").convert("L")


def tinted(dark: tuple[int, int, int], light: tuple[int, int, int]) -> Picture:
    share = np.asarray(photograph(), np.float32)[..., None] / 255
    return Image.fromarray((np.array(dark) * (1 - share) + np.array(light) * share).astype(np.uint8))


def grey() -> Picture:
    return photograph().convert("RGB")


def sepia() -> Picture:
    return tinted((40, 22, 8), (250, 228, 190))


def cyanotype() -> Picture:
    return tinted((10, 35, 90), (235, 240, 235))


def on_yellow_paper() -> Picture:
    print_ = grey()
    paper = Image.new("RGB", (print_.width + 200, print_.height + 200), (232, 215, 178))
    paper.paste(print_, (100, 100))
    return paper


def stained() -> Picture:
    print_ = sepia()
    stain = Image.new("RGB", print_.size, (150, 110, 60))
    mask = Image.new("L", print_.size, 0)
    ImageDraw.Draw(mask).ellipse((0, 0, print_.width // 3, print_.height // 2), fill=70)
    return Image.composite(stain, print_, mask)


def noisy() -> Picture:
    pixels = np.asarray(grey(), np.int16) + np.random.default_rng(1).normal(0, 4, (*photograph().size[::-1], 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def spotted(share: float) -> Callable[[], Picture]:
    """With a red stamp on so much of the picture."""

    def made() -> Picture:
        card = grey()
        side = int((share * card.width * card.height) ** 0.5)
        ImageDraw.Draw(card).rectangle((20, 20, 20 + side, 20 + side), fill=(190, 30, 40))
        return card

    return made


def card(name: str) -> Callable[[], Picture]:
    def made() -> Picture:
        return Image.open(DATA / "postcards" / name).convert("RGB")

    return made


def painted() -> Picture:
    """Sky above, grass below."""
    picture = sepia()
    blue, green = Image.new("RGB", picture.size, (90, 150, 220)), Image.new("RGB", picture.size, (70, 130, 40))
    half = Image.new("L", picture.size, 0)
    ImageDraw.Draw(half).rectangle((0, 0, picture.width, picture.height // 2), fill=255)
    return Image.blend(picture, Image.composite(blue, green, half), 0.5)


@pytest.mark.parametrize(
    "make",
    [
        *(grey, sepia, cyanotype, on_yellow_paper, stained, noisy, spotted(0.005), spotted(0.02)),
        *(card("KPr000_2.jpg"), card("KPr000_12.jpg")),
    ],
)
def test_grey(make: Callable[[], Picture]) -> None:
    assert not in_colour(make())


@pytest.mark.parametrize("make", [painted, spotted(0.1), card("KPr000_10.jpg")])
def test_in_colour(make: Callable[[], Picture]) -> None:
    assert in_colour(make())
    assert 0 < coloured_share(make()) <= 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA"])
def test_other_modes(mode: str) -> None:
    assert not in_colour(grey().convert(mode))


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (2, 2)])
def test_a_few_pixels_are_grey(size: tuple[int, int]) -> None:
    assert not in_colour(Image.new("RGB", size, (200, 120, 80)))


def test_what_the_cards_of_the_corpus_say_of_themselves(shared_data: Path) -> None:
    """Collotypes and monochrome lithographs are grey; one has a red stamp and handwriting on it."""
    import csv

    with (shared_data / "photos" / "index.csv").open(newline="", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["set"] == "global-south-postcards"]
    grey = {row["file"] for row in rows if row["description"].startswith(("Collotype", "Monochrome"))}
    found = {}
    for row in rows:
        with Image.open(shared_data / "photos" / row["file"]) as picture:
            found[row["file"]] = in_colour(picture)
    assert not any(found[name] for name in grey)
    assert sum(not found[name] for name in found.keys() - grey) <= 1  # the palest one
