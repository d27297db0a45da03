"""Evaluates a backend on a folder of annotated pages and leaves the figures and the worst mistakes as files."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ml_backends.card import Calibration
from ml_backends.evaluation.contact_sheet import contact_sheet
from ml_backends.evaluation.detection import Predict, Progress, Report, judge, report
from ml_backends.training import readers
from ml_backends.training.pages import Page, UnreadableData


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """What to evaluate on and where the answer goes."""

    data: Path
    """A folder in one of the formats of `readers.read`."""
    threshold: float
    """The score from which findings are published: the backend's own, unless another one is tried."""
    out: Path | None = None
    """Gets report.json and mistakes.png."""
    splits: tuple[str, ...] | None = None
    """Pages of other splits are left out: the backend may have been trained on them. None: those of test, or all where
    the data set says nothing of splits; where it does not and one is asked for, it is divided as for a training."""
    calibration: Calibration | None = None
    """The curve that the backend's scores went through, to tell how wrong they were before."""
    batch: int = 8


def evaluate_folder(predict: Predict, settings: EvaluationSettings, progress: Progress) -> Report:
    """Measures `predict` (of a loaded backend) on the pages in a folder. Raises UnreadableData."""
    pages = pages_of(settings.data, settings.splits)
    judged = judge(predict, pages, progress, settings.batch)
    measured = report(judged, settings.threshold, settings.calibration)
    if settings.out:
        settings.out.mkdir(parents=True, exist_ok=True)
        (settings.out / "report.json").write_text(json.dumps(measured.as_dict(), indent=2) + "\n", "utf-8")
        contact_sheet(judged, settings.threshold, settings.out / "mistakes.png")
    return measured


def pages_of(folder: Path, splits: tuple[str, ...] | None) -> list[Page]:
    """The pages to measure on, see `EvaluationSettings.splits`. Raises UnreadableData where there is none."""
    known = readers.read(folder, divided=splits is not None)
    if splits is None:
        splits = ("test",) if any(page.split != "train" for page in known) else ("train",)
    pages = [page for page in known if page.split in splits]
    if not pages:
        there = ", ".join(f"{split} ({n})" for split, n in Counter(page.split for page in known).items())
        raise UnreadableData(f"{folder} has no page in {', '.join(splits)}, only in {there}; choose with --split")
    return pages
