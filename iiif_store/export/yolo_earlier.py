"""What an earlier export left in the directory of a YOLO data set, and how it goes on from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ..errors import GlossatorError
from ..shape import JSON

FILE = "data.yaml"
TRAIN, LABELS = "images/train", "labels/train"


class NotContinued(GlossatorError):
    """A directory holds a data set whose classes cannot be continued."""


def earlier(folder: Path | None) -> JSON:
    """What data.yaml in `folder` says, its `names` by number; that of a new data set where there is none. Raises
    NotContinued where the numbers in its labels would come to mean other classes.

    `val` is `train` at first, since ultralytics refuses a data set without one: put pages aside before training."""
    new: JSON = {"train": TRAIN, "val": TRAIN, "names": {}}
    if folder is None:
        return new
    try:
        found = yaml.safe_load((folder / FILE).read_text("utf-8"))
    except FileNotFoundError:
        if any((folder / LABELS).glob("*.txt")):
            raise _refused(folder, "it is missing, and there are labels") from None
        return new
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise _refused(folder, f"it cannot be read: {error}") from error
    if not isinstance(found, dict) or found.get("train") != TRAIN:
        raise _refused(folder, f"it does not say train: {TRAIN}, as an export does")
    kept = {key: value for key, value in found.items() if key != "path"}  # which led elsewhere, see yolo.py
    return kept | {"names": _names(folder, found.get("names"))}


def _names(folder: Path, names: Any) -> dict[int, str]:
    numbered = dict(enumerate(names)) if isinstance(names, list) else names
    if not isinstance(numbered, dict) or not all(isinstance(name, str) for name in numbered.values()):
        raise _refused(folder, "its names of classes are not words by number")
    if set(numbered) != set(range(len(numbered))) or len(set(numbered.values())) != len(numbered):
        raise _refused(folder, "its names of classes are not numbered from 0, each one once")
    return numbered


def _refused(folder: Path, reason: str) -> NotContinued:
    what = f"{folder / FILE} does not tell which classes the labels there have: {' '.join(reason.split())}"
    return NotContinued(f"{what}. Name an empty directory, or mend the file.")
