"""How often each real page is written, by what it shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from ml_backends.training.pages import Page, Region
from ml_backends.training.synthesis.cuts import Supply
from ml_backends.training.yolo_layout import KINDS, Copies, Mixture, kind, write
from ml_backends.types import Box

PICTURE, ORNAMENT = Region("illustration", Box(2, 2, 20, 20)), Region("ornament", Box(2, 25, 20, 4))
EMPTY = Supply((), (), (), (), (), ())


def page(path: Path, regions: tuple[Region, ...], group: str = "few") -> Page:
    return Page(path, 32, 32, regions, group=group)


@pytest.mark.parametrize(
    ("regions", "plenty", "expected"),
    [
        ((PICTURE,), False, "pictures"),
        ((PICTURE,), True, "plenty"),
        ((PICTURE, ORNAMENT), True, "both"),
        ((ORNAMENT,), True, "others"),
        ((), True, "plenty"),
        ((), False, "empty"),
    ],
)
def test_kinds_of_pages(regions: tuple[Region, ...], plenty: bool, expected: str) -> None:
    assert kind(page(Path("a.png"), regions), plenty) == expected
    assert expected in KINDS == tuple(field.name for field in fields(Copies))


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    import cv2

    path = tmp_path / "page.png"
    cv2.imwrite(str(path), np.full((32, 32, 3), 200, np.uint8))
    return path


def written(folder: Path, pages: list[Page], copies: Copies, seed: int = 1) -> list[str]:
    write(folder, pages, pages[:1], EMPTY, Mixture(0, copies, seed), lambda done, total, text: None, processes=1)
    return sorted(path.stem for path in (folder / "images" / "train").iterdir())


def test_each_page_is_written_as_often_as_its_kind(scan: Path, tmp_path: Path) -> None:
    many = [page(scan, (PICTURE,), "many")] * 3
    pages = [*many, page(scan, (ORNAMENT,)), page(scan, ())]
    names = written(tmp_path / "set", pages, Copies(plenty=1, others=4, empty=2))
    assert Counter(name[:10] for name in names) == {
        "real-00000": 1, "real-00001": 1, "real-00002": 1, "real-00003": 4, "real-00004": 2,
    }  # fmt: skip


def test_parts_of_a_copy_are_drawn_by_lot_and_the_lot_by_the_seed(scan: Path, tmp_path: Path) -> None:
    pages = [page(scan, (PICTURE,), "many")] * 60 + [page(scan, ())]
    first, again, other = (
        written(tmp_path / name, pages, Copies(plenty=0.5), seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == again != other
    assert 15 < len(first) - 2 < 45


def test_images_are_as_long_as_asked(scan: Path, tmp_path: Path) -> None:
    import cv2

    shown = page(scan, (PICTURE,))
    mixture = Mixture(1, Copies(pictures=2), long_side=96)
    write(
        tmp_path,
        [shown],
        [shown],
        replace(EMPTY, photographs=(scan,)),
        mixture,
        lambda done, total, text: None,
        processes=1,
    )
    sizes = {path.stem: max(cv2.imread(str(path)).shape) for path in (tmp_path / "images").rglob("*.jpg")}
    assert sizes.pop("made-00000") >= 96 and sizes["real-00000-0"] == 96 and min(sizes.values()) >= 96
