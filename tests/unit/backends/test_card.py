"""Model cards and calibration curves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_backends.card import Calibration, ModelCard
from ml_backends.evaluation.calibration import Platt
from ml_backends.types import BackendInfo

INFO = BackendInfo("yolo", "1", "YOLO", batch=16, licence="AGPL-3.0", requires=("torch",))


@pytest.mark.parametrize(
    ("score", "share"), [(0.0, 0.1), (0.2, 0.1), (0.3, 0.2), (0.4, 0.3), (0.5, 0.55), (0.6, 0.8), (1.0, 0.8)]
)
def test_straight_between_the_points_and_level_outside(score: float, share: float) -> None:
    assert Calibration((0.2, 0.4, 0.6), (0.1, 0.3, 0.8))(score) == pytest.approx(share)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, unique_by=lambda point: point[0]), st.data())
def test_a_better_score_never_gets_a_smaller_share(points: list[tuple[float, float]], data: st.DataObject) -> None:
    xs, ys = sorted(x for x, _ in points), sorted(y for _, y in points)
    curve = Calibration(tuple(xs), tuple(ys))
    low, high = sorted((data.draw(st.floats(0, 1)), data.draw(st.floats(0, 1))))
    assert ys[0] <= curve(low) <= curve(high) + 1e-12
    assert curve(high) <= ys[-1] + 1e-12


@pytest.mark.parametrize(
    ("x", "y"), [((), ()), ((0.1,), (0.1, 0.2)), ((0.1, 0.1), (0, 1)), ((0, 1), (1, 0)), ((0, 1), (0, 2))]
)
def test_curves_that_are_none_are_refused(x: tuple[float, ...], y: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="calibration needs"):
        Calibration(x, y)


@given(st.floats(0.02, 0.98))
def test_the_raw_score_comes_back(score: float) -> None:
    curve = Platt(1.6, -0.8).curve()
    assert curve.raw(curve(score)) == pytest.approx(score, abs=0.01)


def test_outside_of_the_curve_the_raw_score_is_that_of_its_end() -> None:
    curve = Calibration((0.2, 0.4, 0.6), (0.1, 0.3, 0.8))
    assert [curve.raw(score) for score in (0.0, 0.1, 0.2, 0.8, 1.0)] == pytest.approx([0.2, 0.2, 0.3, 0.6, 0.6])


def test_rivals_are_labels_of_the_card() -> None:
    with pytest.raises(ValueError, match="has not: dog"):
        ModelCard("cats", "1", {"a.onnx": "1"}, ("cat",), 320, rivals={"cat": "dog"})


def test_a_card_completes_what_is_known_of_the_backend() -> None:
    card = ModelCard(
        "cats", "3", {"b.pt": "2", "a.onnx": "1"}, ("cat",), 320,
        threshold=0.5, url="https://example.org/w/", calibration=Calibration((0.0,), (0.5,)),
    )  # fmt: skip
    info = card.complete(INFO)
    assert (info.name, info.version, info.title, info.labels, info.max_edge) == ("cats", "3", "cats", ("cat",), 320)
    assert (info.threshold, info.score_type, info.licence, info.batch) == (0.5, "calibrated", "AGPL-3.0", 16)
    assert [(file.name, file.sha256, file.url) for file in info.weights] == [
        ("a.onnx", "1", "https://example.org/w/a.onnx"),
        ("b.pt", "2", "https://example.org/w/b.pt"),
    ]
