"""Evaluates a colouriser on a folder of photographs and leaves the figures and a contact sheet as files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ml_backends.evaluation.colour import Predict, Progress, Report, best_tint, compare, report
from ml_backends.evaluation.colour_sheet import colour_sheet
from ml_backends.training.colorize.gather import gather, offered_by
from ml_backends.training.pages import UnreadableData, opened


def evaluate_photographs(
    predict: Predict, data: Path, splits: Sequence[str], out: Path | None, progress: Progress
) -> Report:
    """Measures `predict` (of a loaded backend) on the photographs in colour below `data`, at the size that training
    keeps them at; the best constant tint is fitted on those that are trained on.

    `out` gets report.json and before-after.png. Raises UnreadableData where no photograph is in `splits`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        usable = [one for one in gather(offered_by(data), folder, progress) if not one.grey and one.error is None]
        chosen = [one for one in usable if one.split in splits]
        if not chosen:
            raise UnreadableData(f"{data} has no photograph in colour in the splits {', '.join(splits)}")
        shown = []
        for number, one in enumerate(chosen, 1):
            shown.append(compare(predict, one.name, one.group, opened(one.path(folder))))
            progress(number, len(chosen), "evaluating")
        fitted = [opened(one.path(folder)) for one in usable if one.split == "train"]
        measured = report(shown, best_tint(fitted) if fitted else None)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_text(json.dumps(measured.as_dict(), indent=2) + "\n", "utf-8")
        colour_sheet(shown, out / "before-after.png")
    return measured
