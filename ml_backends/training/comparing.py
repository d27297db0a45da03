"""The same weights used in different ways, compared on the validation pages."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ml_backends.card import ModelCard
from ml_backends.evaluation.detection import Judged, Predict, Progress, judge, report
from ml_backends.evaluation.reduced import reduced
from ml_backends.training.calibrate import Calibrated, calibrate, rescored
from ml_backends.training.pages import PICTURE, Page


@dataclass(frozen=True, slots=True)
class Compared:
    """The calibration of the way that the card describes, and one row of figures for each way that was tried."""

    chosen: Calibrated
    rows: list[dict[str, Any]]


def on_val(
    card: ModelCard,
    folder: Path,
    sizes: Sequence[int],
    val: Sequence[Page],
    most_alarms: float,
    progress: Progress,
) -> Compared:
    """Calibrates the weights of `card` in `folder` on `val`, as it is, without its rivals, and at other `sizes`.

    Every way gets a calibration and a threshold of its own, so their recalls are those at equally few false alarms.
    """
    ways = [card, *([replace(card, rivals={})] if card.rivals else [])]
    ways += [replace(card, imgsz=size) for size in sorted({*sizes} - {card.imgsz})]
    tried = [_tried(way, folder, val, most_alarms, progress) for way in ways]
    return Compared(tried[0][0], [row for _, row in tried])


def _tried(
    card: ModelCard, folder: Path, val: Sequence[Page], most_alarms: float, progress: Progress
) -> tuple[Calibrated, dict[str, Any]]:
    predict, start = predictor(card, folder), time.process_time()
    raw = judge(predict, val, progress)
    seconds = (time.process_time() - start) / len(val)
    chosen = calibrate(raw, most_alarms)
    return chosen, _row(card, raw, chosen, seconds)


def _row(card: ModelCard, raw: Sequence[Judged], chosen: Calibrated, seconds: float) -> dict[str, Any]:
    at = report(rescored(raw, chosen.calibration), chosen.threshold)
    way: dict[str, Any] = {"imgsz": card.imgsz, "rivals": bool(card.rivals), "cpu_seconds_per_page": round(seconds, 3)}
    alarms: dict[str, Any] = {"threshold": chosen.threshold, "false_alarms": asdict(at.false_alarms)}
    picture: dict[str, Any] = at.as_dict()["labels"][PICTURE]
    return way | picture | alarms


def predictor(card: ModelCard, folder: Path) -> Predict:
    """The weights of a card in `folder` as the product runs them on a processor."""
    from ml_backends.yolo import Yolo

    backend = Yolo(folder, card)
    backend.load("cpu", _NoTransport())
    return reduced(backend.predict, backend.info.max_edge)


class _NoTransport:
    """Weights that were just written need no network."""

    def get(self, url: str, *, max_bytes: int) -> bytes:
        raise OSError(f"{url}: training does not use the network")

    def post(self, url: str, body: bytes, *, headers: object, max_bytes: int) -> bytes:
        raise OSError(f"{url}: training does not use the network")
