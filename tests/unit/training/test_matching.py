"""Average precision on cases that can be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_backends.evaluation.detection import Judged, best_threshold, false_alarms, figures, report
from ml_backends.evaluation.matching import Hits, average_precision, correct
from ml_backends.suppress import overlaps
from ml_backends.training.pages import Page, Region
from ml_backends.types import Box, Finding, Polygon

WHOLE = Box(0, 0, 100, 100)


def judged(regions: list[Region], findings: list[tuple[Box, float]], label: str = "illustration") -> Judged:
    page = Page(Path("page.jpg"), 200, 200, tuple(regions), group="set")
    return Judged(page, tuple(Finding("classifying", box, label=label, score=score) for box, score in findings))


@pytest.mark.parametrize(
    ("other", "expected"),
    [(WHOLE, 1.0), (Box(50, 0, 100, 100), 1 / 3), (Box(0, 0, 100, 50), 0.5), (Box(100, 0, 10, 10), 0.0)],
)
def test_overlap_is_intersection_over_union(other: Box, expected: float) -> None:
    corners = np.array([[other.x, other.y, other.x + other.width, other.y + other.height]])
    assert overlaps(np.array([[0.0, 0, 100, 100]]), corners)[0, 0] == pytest.approx(expected)


def test_a_region_is_hit_once_and_by_the_best_finding() -> None:
    hit = correct([WHOLE, WHOLE], [WHOLE])
    assert hit[0].all()
    assert not hit[1].any()


def test_stricter_levels_need_more_overlap() -> None:
    hit = correct([Box(0, 0, 100, 72)], [WHOLE])[0]
    assert hit.tolist() == [True] * 5 + [False] * 5


def test_no_region_and_no_finding() -> None:
    assert correct([], [WHOLE]).shape == (0, 10)
    assert not correct([WHOLE], []).any()


def test_average_precision_of_all_right_and_of_nothing_found() -> None:
    perfect = Hits(np.array([0.9, 0.8]), np.ones((2, 10), bool), 2)
    assert average_precision(perfect).ap50 == pytest.approx(0.995, abs=0.006)  # ultralytics' interpolation ends below 1
    assert average_precision(Hits(np.zeros(0), np.zeros((0, 10), bool), 2)).ap50 == 0
    assert average_precision(Hits(np.zeros(0), np.zeros((0, 10), bool), 0)) is None


def test_false_findings_above_the_right_one_lower_the_average_precision() -> None:
    region = Region("illustration", WHOLE)
    clean = figures([judged([region], [(WHOLE, 0.5)])], "illustration", 0.25)
    noisy = figures([judged([region], [(WHOLE, 0.5), (Box(150, 150, 20, 20), 0.9)])], "illustration", 0.25)
    assert noisy.ap50 < clean.ap50
    assert (noisy.precision, noisy.recall) == (0.5, 1.0)


def test_findings_of_another_label_do_not_count() -> None:
    page = judged([Region("illustration", WHOLE)], [(WHOLE, 0.9)], label="ornament")
    assert figures([page], "illustration", 0.25).recall == 0


def test_a_polygon_counts_as_the_rectangle_around_it() -> None:
    page = Page(Path("page.jpg"), 200, 200, (Region("illustration", WHOLE),), group="set")
    outline = Polygon(((0, 0), (100, 0), (100, 100), (0, 100)))
    found = Finding("classifying", outline, label="illustration", score=0.9)
    assert figures([Judged(page, (found,))], "illustration", 0.25).recall == 1


def test_false_alarms_count_pages_without_picture_only() -> None:
    pages = [judged([], [(WHOLE, 0.9)]), judged([], [(WHOLE, 0.1)]), judged([Region("illustration", WHOLE)], [])]
    alarms = false_alarms(pages, 0.5)
    assert (alarms.pages, alarms.alarmed, alarms.rate) == (2, 1, 0.5)


def test_the_threshold_keeps_below_the_false_alarms() -> None:
    region = Region("illustration", WHOLE)
    pages = [judged([], [(WHOLE, 0.6)]), judged([region], [(WHOLE, 0.8)]), judged([region], [(WHOLE, 0.4)])]
    assert 0.6 < best_threshold(pages, most_alarms=0.0) <= 0.8
    assert best_threshold(pages, most_alarms=1.0) <= 0.4


def test_the_report_tells_sets_apart() -> None:
    told = report([judged([Region("illustration", WHOLE)], [(WHOLE, 0.9)])], 0.5).as_dict()
    assert told["groups"]["set"]["marked"] == 1
    assert told["labels"]["stamp"]["ap50"] is None
    assert told["expected_calibration_error"] == pytest.approx(0.1)
