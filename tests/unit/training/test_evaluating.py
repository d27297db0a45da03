"""Which pages a backend is measured on, and what other people's labels count as."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from PIL.Image import Image as Picture

from ml_backends.evaluation.detection import Report, judge, report
from ml_backends.evaluation.folder import pages_of
from ml_backends.training.pages import Page, Region, UnreadableData
from ml_backends.types import Box, Finding

PLACE, ELSEWHERE = Box(10, 10, 50, 50), Box(100, 100, 20, 20)


def silent(done: int, total: int, doing: str) -> None:
    """Tells nobody."""


def measured(folder: Path, *findings: Finding, regions: Sequence[Region] = ()) -> Report:
    path = folder / "page.png"
    Image.new("RGB", (200, 200), "white").save(path)
    page = Page(path, 200, 200, tuple(regions), group="set")

    def predict(pictures: Sequence[Picture]) -> list[list[Finding]]:
        return [list(findings) for _ in pictures]

    return report(judge(predict, [page], silent), 0.5)


def test_other_names_of_our_labels_are_hits_and_false_alarms_too(tmp_path: Path) -> None:
    for label in ("illustration", "Illustration", "device"):
        finding = Finding("tagging", PLACE, label=label, score=0.9)
        assert measured(tmp_path, finding, regions=[Region("illustration", PLACE)]).labels["illustration"].recall == 1
        assert measured(tmp_path, finding).false_alarms.alarmed == 1


def test_findings_under_labels_that_are_not_known_are_told(tmp_path: Path) -> None:
    found = measured(tmp_path, Finding("tagging", PLACE, label="Person"), Finding("supplementing", PLACE, text="words"))
    assert found.strange == {"person": 1, "no label": 1}
    assert found.as_dict()["unknown_labels"] == {"person": 1, "no label": 1}


def test_the_mean_is_over_the_labels_that_are_marked(tmp_path: Path) -> None:
    right = Finding("tagging", PLACE, label="illustration", score=0.9)
    wrong = Finding("tagging", PLACE, label="stamp", score=0.9)
    found = measured(tmp_path, right, wrong, regions=[Region("illustration", PLACE), Region("ornament", ELSEWHERE)])
    one = found.labels["illustration"].ap50
    assert found.mean and one and found.mean.map50 == pytest.approx(one / 2)
    assert found.as_dict()["mean"] == {"map50": round(one / 2, 4), "map50_95": round(one / 2, 4)}
    assert measured(tmp_path, right).mean is None


@pytest.fixture
def undivided(tmp_path: Path) -> Path:
    """Thirty pages that say nothing of splits."""
    rows = []
    for number in range(30):
        Image.new("L", (8, 8)).save(tmp_path / f"{number}.png")
        rows.append({"image": f"{number}.png", "width": 8, "height": 8, "regions": []})
    (tmp_path / "regions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def test_a_set_without_splits_is_measured_whole_or_as_a_training_would_divide_it(undivided: Path) -> None:
    assert len(pages_of(undivided, None)) == 30
    parts = [len(pages_of(undivided, (split,))) for split in ("train", "val")]
    assert sum(parts) <= 30 and all(parts) and parts[0] > parts[1]


def test_of_a_set_with_splits_the_test_pages_are_measured(detector_pages: Path) -> None:
    with pytest.raises(UnreadableData, match=r"no page in test, only in .*; choose with --split"):
        pages_of(detector_pages, None)
    assert {page.split for page in pages_of(detector_pages, ("val",))} == {"val"}
