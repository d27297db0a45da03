"""What every backend must hold, as a test class: subclass it, and pytest runs it against yours.

class TestMine(BackendContract):
    module = "my_package.my_backend"

    @pytest.fixture(scope="class")
    @classmethod
    def backend(cls):
        backend = MyBackend()
        backend.load("cpu", transport)
        return backend
"""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys
from collections.abc import Sequence
from typing import ClassVar

import pytest
from PIL import Image, ImageDraw

from ml_backends.types import Backend, Box, Finding, Picture, Polygon, Prepares

TOLERANCE = 1e-3
"""Of scores, and of boxes as a share of the picture's longer side: sums in a batch may be rounded otherwise."""
OUTLINE_TOLERANCE = 5e-3
"""Of the extent of polygons: one point of a mask may flip and with it a corner of the outline."""


class BackendContract:
    """Subclasses give `module` and a loaded `backend`, and may give `pictures` that it finds much in."""

    module: ClassVar[str]
    """The module that defines the backend, with its JSON file beside it."""

    @pytest.fixture
    def pictures(self) -> list[Picture]:
        """Three RGB pictures of different shapes."""
        return [_drawn(640, 480), _drawn(300, 700), _drawn(512, 512)]

    def test_one_answer_for_each_picture_in_their_order(self, backend: Backend, pictures: list[Picture]) -> None:
        together = backend.predict(pictures)
        assert len(together) == len(pictures)
        for picture, found in zip(pictures, together, strict=True):
            assert isinstance(found, list)
            assert_alike(found, backend.predict([picture])[0], picture)

    def test_the_order_of_a_batch_does_not_matter(self, backend: Backend, pictures: list[Picture]) -> None:
        forward, backward = backend.predict(pictures), backend.predict(pictures[::-1])
        for picture, one, other in zip(pictures, forward, list(backward)[::-1], strict=True):
            assert_alike(one, other, picture)

    def test_more_than_a_batch_at_once(self, backend: Backend, pictures: list[Picture]) -> None:
        many = [pictures[0]] * (backend.info.batch + 1)
        assert len(backend.predict(many)) == len(many)

    def test_no_pictures_no_answers(self, backend: Backend) -> None:
        assert len(backend.predict([])) == 0

    def test_the_same_picture_twice(self, backend: Backend, pictures: list[Picture]) -> None:
        assert_alike(backend.predict(pictures[:1])[0], backend.predict(pictures[:1])[0], pictures[0])

    @pytest.mark.parametrize("size", [(1, 1), (2, 3), (3000, 2), (2, 3000), (33, 31)])
    def test_odd_sizes(self, backend: Backend, size: tuple[int, int]) -> None:
        picture = _drawn(*size)
        assert_within(backend.predict([picture])[0], picture)

    @pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK", "I;16", "I", "F"])
    def test_pictures_in_other_modes(self, backend: Backend, mode: str) -> None:
        """The fetcher hands over RGB; who calls the backend from a notebook may not."""
        picture = _in_mode(_drawn(160, 120), mode)
        assert_within(backend.predict([picture])[0], picture)

    def test_findings_are_as_the_info_says(self, backend: Backend, pictures: list[Picture]) -> None:
        for picture, found in zip(pictures, backend.predict(pictures), strict=True):
            assert_within(found, picture)
            for finding in found:
                assert finding.motivation in backend.info.motivations
                assert finding.label is None or not backend.info.labels or finding.label in backend.info.labels
                assert finding.concept is None or finding.concept in backend.info.concepts.values()

    def test_pictures_are_left_as_they_were(self, backend: Backend, pictures: list[Picture]) -> None:
        before = [(picture.mode, picture.size, picture.tobytes()) for picture in pictures]
        backend.predict(pictures)
        assert [(picture.mode, picture.size, picture.tobytes()) for picture in pictures] == before

    def test_info_is_complete(self, backend: Backend) -> None:
        info = backend.info
        assert info.name and info.version and info.title and info.motivations
        assert info.max_edge > 0 and info.batch > 0 and 0 <= info.threshold <= 1
        assert set(info.concepts) <= set(info.labels)

    def test_importing_the_module_loads_no_torch(self) -> None:
        """The module is imported where a backend is created; torch is imported where it is loaded."""
        script = f"import sys, {self.module}; sys.exit('torch' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


class PreparingContract(BackendContract):
    """For a backend that prepares pictures outside its lane."""

    def test_prepared_pictures_give_the_same(self, backend: Backend, pictures: list[Picture]) -> None:
        assert isinstance(backend, Prepares)
        prepared = backend.predict_prepared([backend.prepare(picture) for picture in pictures])
        for picture, one, other in zip(pictures, prepared, backend.predict(pictures), strict=True):
            assert_alike(one, other, picture)


def assert_within(findings: Sequence[Finding], picture: Picture) -> None:
    """Scores lie within 0..1, regions inside the picture, and no region is empty."""
    for finding in findings:
        assert finding.score is None or 0 <= finding.score <= 1
        points = _points(finding)
        assert all(0 <= x <= picture.width + 1e-3 and 0 <= y <= picture.height + 1e-3 for x, y in points), finding
        assert not isinstance(finding.region, Box) or (finding.region.width > 0 and finding.region.height > 0)
        assert not isinstance(finding.region, Polygon) or len(points) >= 3


def assert_alike(some: Sequence[Finding], others: Sequence[Finding], picture: Picture) -> None:
    """The same findings, in any order, but for the last digits."""
    assert len(some) == len(others)
    left = list(others)
    for finding in some:
        twin = next((other for other in left if _alike(finding, other, max(picture.size))), None)
        assert twin is not None, f"{finding} is missing in {left}"
        left.remove(twin)


def _alike(one: Finding, other: Finding, edge: int) -> bool:
    bare, twin = (dataclasses.replace(f, region=None, score=None, picture=None) for f in (one, other))
    close = math.isclose(one.score or 0, other.score or 0, abs_tol=TOLERANCE)
    return bare == twin and close and type(one.region) is type(other.region) and _near(one, other, edge)


def _near(one: Finding, other: Finding, edge: int) -> bool:
    slack = edge * (OUTLINE_TOLERANCE if isinstance(one.region, Polygon) else TOLERANCE)
    return all(math.dist(a, b) <= slack for a, b in zip(_extent(one), _extent(other), strict=True))


def _extent(finding: Finding) -> list[tuple[float, float]]:
    columns = list(zip(*_points(finding), strict=True))
    return [(min(column), max(column)) for column in columns]


def _points(finding: Finding) -> Sequence[tuple[float, float]]:
    match finding.region:
        case Box(x, y, width, height):
            return [(x, y), (x + width, y + height)]
        case Polygon(points):
            return points
        case None:
            return []


def _drawn(width: int, height: int) -> Picture:
    """Dark shapes on a light ground, the same ones every time."""
    picture = Image.new("RGB", (width, height), (225, 215, 195))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((width // 8, height // 8, width // 2, height // 3), fill=(60, 50, 40))
    draw.ellipse((width // 3, height // 2, width - width // 8, height - height // 8), fill=(90, 40, 30))
    return picture


def _in_mode(picture: Picture, mode: str) -> Picture:
    if mode == "I;16":
        grey = picture.convert("L")
        return Image.frombytes("I;16", grey.size, bytes(byte for value in grey.tobytes() for byte in (0, value)))
    return picture.convert("L").convert(mode) if mode in ("I", "F") else picture.convert(mode)
