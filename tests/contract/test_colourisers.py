"""The colourisers hold the contract of every backend, and what they say of themselves."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.Image import Image as Picture

from ml_backends.card import ModelCard
from ml_backends.colorize import DECLINED, PAINTED, SHIPPED, Colorize
from ml_backends.colorize_eccv16 import Eccv16
from ml_backends.colorize_published import Published
from ml_backends.colorize_siggraph17 import Siggraph17
from ml_backends.colour import lab
from ml_backends.evaluation.colour import compare, report
from ml_backends.testing import PreparingContract
from ml_backends.types import Backend, Directories, Drawn, Finding, WeightsFile
from ml_backends.weights import Offline, sha256

DATA = Path(__file__).parents[1] / "data"
POSTCARDS, PHOTOGRAPHS = DATA / "postcards", sorted((DATA / "photographs").glob("*.jpg"))


class ColouriserContract(PreparingContract):
    """What is painted has the size and the lightness of the original."""

    @pytest.fixture
    def pictures(self) -> list[Picture]:
        """Two grey cards, one of another size, and one in colour."""
        first, second, third = (Image.open(POSTCARDS / f"KPr000_{number}.jpg") for number in (2, 12, 10))
        return [first.convert("L"), second.resize((333, 210)), third.convert("RGB")]

    def test_grey_pictures_are_painted_in_their_own_size_and_lightness(
        self, backend: Backend, pictures: list[Picture]
    ) -> None:
        for picture, found in zip(pictures[:2], backend.predict(pictures[:2]), strict=True):
            painted = only(found)
            assert found[0].label == PAINTED and painted.mode == "RGB" and painted.size == picture.size
            was, became = (lab.lightness(np.asarray(p.convert("RGB"))) for p in (picture, painted))
            assert np.abs(was - became).max() < 0.4

    def test_a_picture_in_colour_is_left_alone(self, backend: Backend, pictures: list[Picture]) -> None:
        (found,) = backend.predict(pictures[2:])
        assert [(f.motivation, f.label, f.picture) for f in found] == [("classifying", DECLINED, None)]
        assert found[0].score is not None and found[0].score >= backend.info.threshold

    def test_the_same_pixels_alone_and_together(self, backend: Backend, pictures: list[Picture]) -> None:
        together = backend.predict(pictures)
        for picture, found in zip(pictures[:2], together, strict=False):
            alone = only(backend.predict([picture])[0])
            assert np.abs(np.asarray(alone, np.int16) - np.asarray(only(found), np.int16)).max() <= 1

    def test_info_makes_it_a_variant_of_full_size(self, backend: Backend) -> None:
        assert backend.info.variant and backend.info.labels[0] == PAINTED
        assert backend.info.max_edge >= 10_000


class TestColorize(ColouriserContract):
    module = "ml_backends.colorize"

    @pytest.fixture(scope="class")
    @classmethod
    def backend(cls) -> Backend:
        backend = Colorize()
        backend.load("cpu", Offline())
        return backend

    def test_it_is_nearer_to_the_true_colours_than_grey(self, backend: Backend) -> None:
        """On photographs that it was not trained on, and with visible colour."""
        found = report([compare(backend.predict, path.stem, "", rgb(path)) for path in PHOTOGRAPHS]).methods
        assert found["colorize"].pictures == 3
        assert found["colorize"].ciede2000 < found["grey"].ciede2000
        assert found["colorize"].colourfulness > 5 > found["grey"].colourfulness

    @pytest.mark.parametrize("path", PHOTOGRAPHS, ids=lambda path: path.stem)
    def test_it_declines_photographs_in_colour_and_paints_their_grey_versions(
        self, backend: Backend, path: Path
    ) -> None:
        coloured = rgb(path)
        (declined,), (painted,) = backend.predict([coloured, coloured.convert("L")])
        assert (declined.label, declined.picture) == (DECLINED, None)
        assert only([painted]).size == coloured.size

    def test_twice_the_same_bytes(self, backend: Backend, pictures: list[Picture]) -> None:
        first, second = (only(backend.predict(pictures[:1])[0]) for _ in range(2))
        assert first.tobytes() == second.tobytes()

    def test_torch_paints_what_onnxruntime_paints(self, backend: Backend, pictures: list[Picture]) -> None:
        """The way of a GPU, on a processor: the same weights, the same half precision."""
        from ml_backends.colour.network import Painter
        from ml_backends.colour.painters import TorchPainter

        assert isinstance(backend, Colorize)
        painter = TorchPainter(Painter(), backend.checkpoint(), "cpu")
        light = [backend.prepare(picture).lightness for picture in pictures[:2]]
        assert light[0] is not None and backend._painter is not None
        (one,), (other,) = painter(light[:1]), backend._painter(light[:1])  # type: ignore[arg-type]
        assert np.abs(one - other).max() < 0.05

    def test_the_paper_of_a_page_stays_paper(self, backend: Backend, page_images: Path) -> None:
        """Of a grey page of print; only a few units of Lab may be on its light parts."""
        for path in sorted(page_images.glob("*.jpg"))[:3]:
            with Image.open(path) as page:
                painted = only(backend.predict([page.convert("L")])[0])
            import cv2

            colours = cv2.cvtColor(np.asarray(painted, np.float32) / 255, cv2.COLOR_RGB2LAB)
            paper = colours[colours[..., 0] > np.median(colours[..., 0])]
            assert np.hypot(*np.median(paper[:, 1:], axis=0)) < 8, path.name


class PublishedContract(ColouriserContract):
    """With random weights in the published layout: the files themselves are too large to ship."""

    kind: type[Published]

    @pytest.fixture(scope="class")
    @classmethod
    def backend(cls, tmp_path_factory: pytest.TempPathFactory) -> Backend:
        torch.manual_seed(1)
        folder = tmp_path_factory.mktemp("weights")
        backend = cls.kind()
        name = backend.info.weights[0].name
        torch.save(backend.network().state_dict(), folder / name)
        object.__setattr__(backend.info, "weights", (WeightsFile(name, sha256(folder / name)),))
        backend.directories = Directories(weights=folder)
        backend.load("cpu", Offline())
        return backend


class TestEccv16(PublishedContract):
    module = "ml_backends.colorize_eccv16"
    kind = Eccv16


class TestSiggraph17(PublishedContract):
    module = "ml_backends.colorize_siggraph17"
    kind = Siggraph17


def test_the_card_names_the_files_that_are_shipped() -> None:
    card = ModelCard.read(SHIPPED)
    assert {file.name for file in card.files} == {"colorize.onnx", "colorize.pt"}
    for file in card.files:
        assert sha256(SHIPPED.with_name(file.name)) == file.sha256
        assert SHIPPED.with_name(file.name).stat().st_size < 8 * 2**20


def test_the_card_says_that_it_beats_grey_sepia_and_one_tint() -> None:
    """On the photographs that were kept apart, as they were measured when the weights were made."""
    told = json.loads(SHIPPED.read_text("utf-8"))["metrics"]["test"]["all"]
    rivals = ("grey", "sepia", "best constant tint")
    assert all(told["colorize"]["ciede2000"] < told[rival]["ciede2000"] for rival in rivals)


def test_every_source_of_the_weights_is_attributed() -> None:
    sources = json.loads(SHIPPED.read_text("utf-8"))["training"]["data"]
    notice = SHIPPED.with_name("ATTRIBUTION.md").read_text("utf-8")
    assert sources
    assert all(one["licence"] and f"`{one['set'].removesuffix(' (drawn)')}`" in notice for one in sources)
    with SHIPPED.with_name("ATTRIBUTION-colorize.csv").open(encoding="utf-8", newline="") as table:
        listed = Counter((row["set"], row["licence"]) for row in csv.DictReader(table))
    used = Counter({(one["set"], one["licence"]): 0 for one in sources})
    for one in sources:
        used[one["set"], one["licence"]] += one["pictures"]
    assert all(used[key] == count for key, count in listed.items())


def rgb(path: Path) -> Picture:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def only(found: list[Finding]) -> Picture:
    """The picture of the one finding."""
    (finding,) = found
    assert finding.picture is not None and not isinstance(finding.picture, Drawn)
    return finding.picture
