"""How well a backend finds regions on annotated pages: average precision, precision and recall, false alarms."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from PIL.Image import Image as Picture

from ml_backends.card import Calibration
from ml_backends.evaluation.calibration import expected_calibration_error
from ml_backends.evaluation.matching import Hits, average_precision, correct
from ml_backends.training.pages import LABELS, PICTURE, Page, known_as, opened
from ml_backends.types import Box, Finding, Polygon

Predict = Callable[[Sequence[Picture]], Sequence[Sequence[Finding]]]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """One page with what a backend found on it."""

    page: Page
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured for one label on some pages. Without marked regions there is no average precision."""

    pages: int
    marked: int
    ap50: float | None
    ap50_95: float | None
    precision: float | None
    """Share of the findings at the threshold that hit a region at IoU 0.5; None where nothing was found."""
    recall: float | None
    """Share of the regions that were found at the threshold; None where nothing was marked."""


@dataclass(frozen=True, slots=True)
class MeanPrecision:
    """Mean average precision: the mean over the labels of which a region is marked."""

    map50: float
    map50_95: float


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Pages without a picture on which a picture was reported at the threshold."""

    pages: int
    alarmed: int

    @property
    def rate(self) -> float | None:
        """The share of such pages, None where there is none."""
        return self.alarmed / self.pages if self.pages else None


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one evaluation."""

    threshold: float
    pages: int
    mean: MeanPrecision | None
    """None where nothing was marked."""
    labels: dict[str, Figures]
    groups: dict[str, Figures]
    """The picture label for each set of pages."""
    false_alarms: FalseAlarms
    false_alarms_by_group: dict[str, FalseAlarms]
    calibration_error: float
    """Expected calibration error of the scores of all labels at IoU 0.5."""
    raw_calibration_error: float | None = None
    """The same of the scores as they were before calibration; None where they are not known."""
    strange: Mapping[str, int] = field(default_factory=dict)
    """Findings under labels that are not known here, and are not measured: how many of each."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON, figures rounded to four places."""
        return {
            "threshold": self.threshold,
            "pages": self.pages,
            "mean": self.mean and {name: round(value, 4) for name, value in asdict(self.mean).items()},
            "labels": {name: _rounded(figures) for name, figures in self.labels.items()},
            "groups": {name: _rounded(figures) for name, figures in self.groups.items()},
            "false_alarms": asdict(self.false_alarms),
            "false_alarms_by_group": {name: asdict(alarms) for name, alarms in self.false_alarms_by_group.items()},
            "expected_calibration_error": round(self.calibration_error, 4),
            "raw_expected_calibration_error": _rounded_or_none(self.raw_calibration_error),
            "unknown_labels": dict(self.strange),
        }


def _rounded(figures: Figures) -> dict[str, Any]:
    return {name: _rounded_or_none(v) if isinstance(v, float) else v for name, v in asdict(figures).items()}


def _rounded_or_none(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def judge(predict: Predict, pages: Sequence[Page], progress: Progress, batch: int = 8) -> list[Judged]:
    """Shows `pages` to a backend's `predict`, `batch` at a time, and keeps what it finds under our labels."""
    judged: list[Judged] = []
    for start in range(0, len(pages), batch):
        some = pages[start : start + batch]
        found = predict([opened(page.path) for page in some])
        judged += [Judged(page, tuple(map(_renamed, findings))) for page, findings in zip(some, found, strict=True)]
        progress(len(judged), len(pages), "evaluating")
    return judged


def _renamed(finding: Finding) -> Finding:
    return replace(finding, label=finding.label and known_as(finding.label))


def report(judged: Sequence[Judged], threshold: float, calibration: Calibration | None = None) -> Report:
    """The figures of findings that were collected before. `calibration` is the curve that their scores went through."""
    groups = _by_group(judged)
    scores, right = scores_and_hits(judged)
    raw = None if calibration is None else np.array([calibration.raw(score) for score in scores])
    labels = {label: figures(judged, label, threshold) for label in LABELS}
    return Report(
        threshold,
        len(judged),
        _mean(labels.values()),
        labels,
        {name: figures(some, PICTURE, threshold) for name, some in groups.items()},
        false_alarms(judged, threshold),
        {name: false_alarms(some, threshold) for name, some in groups.items()},
        expected_calibration_error(scores, right),
        None if raw is None else expected_calibration_error(raw, right),
        Counter(f.label or "no label" for item in judged for f in item.findings if f.label not in LABELS),
    )


def _mean(labels: Iterable[Figures]) -> MeanPrecision | None:
    known = [(some.ap50, some.ap50_95) for some in labels if some.ap50 is not None and some.ap50_95 is not None]
    return MeanPrecision(*np.mean(known, axis=0).tolist()) if known else None


def _by_group(judged: Iterable[Judged]) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for item in judged:
        groups[item.page.group].append(item)
    return dict(sorted(groups.items()))


def figures(judged: Sequence[Judged], label: str, threshold: float) -> Figures:
    """Average precision over all scores; precision and recall at `threshold`."""
    hits = hits_of(judged, label)
    ap = average_precision(hits)
    shown = hits.scores >= threshold
    right = int(hits.correct[shown, 0].sum())
    return Figures(
        len(judged),
        hits.marked,
        ap.ap50 if ap else None,
        ap.ap50_95 if ap else None,
        right / int(shown.sum()) if shown.any() else None,
        right / hits.marked if hits.marked else None,
    )


def hits_of(judged: Sequence[Judged], label: str) -> Hits:
    """The findings of one label on all pages, matched to the regions of that label page by page."""
    scores: list[float] = []
    hit: list[np.ndarray[Any, Any]] = [np.zeros((0, 10), bool)]
    marked = 0
    for item in judged:
        wanted = [region.box for region in item.page.regions if region.label == label]
        found = sorted(_scored(item, label), key=lambda pair: -pair[0])
        scores += [score for score, _ in found]
        hit.append(correct([box for _, box in found], wanted))
        marked += len(wanted)
    return Hits(np.array(scores, np.float64), np.concatenate(hit), marked)


def _scored(item: Judged, label: str) -> list[tuple[float, Box]]:
    return [(f.score or 0.0, upright(f)) for f in item.findings if f.label == label and f.region is not None]


def upright(finding: Finding) -> Box:
    """The upright rectangle of a finding that has a region; around its outline where that is a polygon."""
    region = finding.region
    if isinstance(region, Polygon):
        xs, ys = [x for x, _ in region.points], [y for _, y in region.points]
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    if region is None:
        raise ValueError(f"the finding {finding.label!r} is about the whole picture and has no rectangle")
    return region


def false_alarms(judged: Sequence[Judged], threshold: float) -> FalseAlarms:
    """Counts the pages without a picture, and those of them where one is reported from `threshold` up."""
    plain = [item for item in judged if not item.page.has_picture]
    alarmed = sum(any(score >= threshold for score, _ in _scored(item, PICTURE)) for item in plain)
    return FalseAlarms(len(plain), alarmed)


def scores_and_hits(judged: Sequence[Judged]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The scores of all findings of all labels, and whether each hit a region of its label at IoU 0.5."""
    hits = [hits_of(judged, label) for label in LABELS]
    return np.concatenate([h.scores for h in hits]), np.concatenate([h.correct[:, 0] for h in hits])


AS_GOOD = 0.02
"""Of F1; on a hundred pages less is chance."""


def best_threshold(judged: Sequence[Judged], most_alarms: float = 0.02) -> float:
    """The score at which pictures are found best (F1 at IoU 0.5).

    Only scores at which at most `most_alarms` of the pages without a picture alarm are considered. Of those that are
    about as good as the best the one in the middle is taken: at the lowest, the next page would alarm.
    """
    hits = hits_of(judged, PICTURE)
    candidates = [t for t in np.linspace(0.05, 0.95, 91) if (false_alarms(judged, t).rate or 0.0) <= most_alarms]
    found = [_f1(hits, t) for t in candidates]
    near = [t for t, f1 in zip(candidates, found, strict=True) if f1 >= max(found) - AS_GOOD]
    return float(near[len(near) // 2]) if near else 0.95


def _f1(hits: Hits, threshold: float) -> float:
    shown = hits.scores >= threshold
    right = int(hits.correct[shown, 0].sum())
    return 2 * right / max(int(shown.sum()) + hits.marked, 1)
