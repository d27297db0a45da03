"""Trains an illustration detector: data in, weights, ONNX file and model card out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ml_backends.card import ModelCard
from ml_backends.evaluation.detection import Report, judge, report
from ml_backends.training import comparing, identity, provenance, readers, runs, yolo_layout
from ml_backends.training.blend import blend, check_labels
from ml_backends.training.comparing import Compared
from ml_backends.training.export import export
from ml_backends.training.fitting import SPEED, Fit, fit, losses, seconds
from ml_backends.training.pages import IMAGES, LABELS, Page, UnreadableData
from ml_backends.training.synthesis.compose import supply_of
from ml_backends.training.yolo_layout import Mixture
from ml_backends.weights import sha256

Progress = Callable[[int, int, str], None]
CONCEPTS = {"illustration": "http://www.wikidata.org/entity/Q178659"}
"""Only what is sure."""


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """One training run. `run` keeps everything that lets an interrupted run go on; `out` gets the three files."""

    run: Path
    out: Path
    data: tuple[Path, ...] = ()
    photographs: Path | None = None
    """A folder of photographs and postcards; synthetic pages are made only where there is one."""
    name: str = "illustrations"
    version: str = "1"
    licence: str = "AGPL-3.0-or-later"
    hold_out: tuple[str, ...] = ()
    """Sets (groups) that are kept out of training and validation and measured on their own."""
    mixture: Mixture = field(default_factory=Mixture)
    fit: Fit = field(default_factory=Fit)
    blend: float = 1.0
    """Share of the new weights in what is kept; the rest are those of `fit.base`. See `ml_backends.training.blend`."""
    imgsz: int | None = None
    """Size at which the weights are used, where it differs from the one that they are trained at."""
    sizes: tuple[int, ...] = ()
    """Further sizes to compare on the validation pages, for the card."""
    iou: float = 0.6
    rivals: Mapping[str, str] = field(default_factory=lambda: {"illustration": "ornament"})
    """See `ModelCard`; the calibration follows it."""
    most_alarms: float = 0.02
    processes: int = 2
    others: tuple[Path, ...] = ()
    """Cards of other runs, whose settings and figures stand beside this one's in the card."""
    notes: tuple[str, ...] = ()
    """Plain words for the card: what was tried, what was not measured."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What a run produced: the card with the weights beside it, and the figures that stand in it."""

    card: Path
    onnx: Path
    checkpoint: Path
    reports: dict[str, Report]
    """By part: val, test, each held-out set by its name, and all of those together as `held out`."""


def train(settings: TrainSettings, progress: Progress, pages: Sequence[Page] = ()) -> TrainedModel:
    """Trains on the folders in `settings.data` and on `pages`, continues where an earlier call was interrupted.

    Writes `out`/`name`.onnx, .pt and .json (the model card). Raises UnreadableData for data that cannot be used.
    """
    others = runs.read(settings.others)  # before the hours
    known = [*pages, *(page for folder in settings.data for page in readers.read(folder))]
    parts = divide(known, settings.hold_out)
    photographs = _photographs(settings.photographs)
    settings = replace(settings, mixture=_mixture(settings, bool(photographs)))
    _claim(settings, parts, photographs)
    checkpoint = _fitted(settings, parts, photographs, progress)
    files = export(checkpoint, settings.out, settings.name)
    card = _bare_card(settings, files)
    compared = comparing.on_val(card, settings.out, settings.sizes, parts["val"], settings.most_alarms, progress)
    calibrated = compared.chosen
    card = replace(card, calibration=calibrated.calibration, threshold=calibrated.threshold)
    reports = _reports(card, settings, parts, progress)
    told = _as_json(card) | _about(settings, parts, photographs, compared, reports)
    told["compared_runs"] = runs.table(told, others)
    target = settings.out / f"{settings.name}.json"
    target.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return TrainedModel(target, settings.out / f"{settings.name}.onnx", settings.out / f"{settings.name}.pt", reports)


def divide(pages: Sequence[Page], hold_out: Sequence[str] = ()) -> dict[str, list[Page]]:
    """The pages by part: train, val, test, and each held-out group, all of its splits, under its name.

    Raises UnreadableData where there is nothing to train on or to validate on, or no page of a held-out group.
    """
    parts: dict[str, list[Page]] = {name: [] for name in ("train", "val", "test", *hold_out)}
    for page in pages:
        parts[page.group if page.group in hold_out else page.split].append(page)
    if not parts["train"] or not parts["val"]:
        raise UnreadableData("training needs pages to train on and pages to validate on; one of them has none")
    if unknown := [name for name in hold_out if not parts[name]]:
        known = ", ".join(sorted({page.group for page in pages} - {""})) or "none has a name"
        raise UnreadableData(f"no page belongs to the set {unknown[0]!r} to be held out; the sets are: {known}")
    return parts


def _claim(settings: TrainSettings, parts: Mapping[str, Sequence[Page]], photographs: Sequence[Path]) -> None:
    """Before the hours: the base has not seen what is held out and can be blended, the run folder is this run's."""
    seen = provenance.trained_on(settings.fit.base)
    if known := seen & {*settings.hold_out}:
        raise UnreadableData(f"{settings.fit.base} was trained on {', '.join(sorted(known))}, to be held out")
    if settings.fit.base and settings.blend != 1:
        check_labels(settings.fit.base, len(LABELS), settings.run / "ultralytics")
    facts = {
        "pages": [provenance.of_page(page) for part in ("train", "val") for page in parts[part]],
        "photographs": provenance.of_photographs(settings.photographs, photographs),
        "mixture": asdict(settings.mixture),
        "fit": {name: value for name, value in asdict(settings.fit).items() if name not in SPEED | {"base"}},
        "base": sha256(settings.fit.base) if settings.fit.base else None,
    }
    identity.claim(settings.run, facts)


def _reports(
    card: ModelCard, settings: TrainSettings, parts: dict[str, list[Page]], progress: Progress
) -> dict[str, Report]:
    predict = comparing.predictor(card, settings.out)
    judged = {name: judge(predict, some, progress) for name, some in parts.items() if name != "train" and some}
    if settings.hold_out:
        judged["held out"] = [item for name in settings.hold_out for item in judged.get(name, [])]
    return {name: report(some, card.threshold, card.calibration) for name, some in judged.items()}


def _photographs(folder: Path | None) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in IMAGES) if folder else []


def _fitted(settings: TrainSettings, parts: dict[str, list[Page]], photographs: list[Path], progress: Progress) -> Path:
    supply = supply_of(parts["train"], photographs)
    data = yolo_layout.write(
        settings.run / "data", parts["train"], parts["val"], supply, settings.mixture, progress, settings.processes
    )
    best = fit(data, settings.run / "fit", settings.fit, progress)
    base = settings.fit.base
    return (
        best if base is None or settings.blend == 1 else blend(best, base, settings.blend, best.with_name("blend.pt"))
    )


def _mixture(settings: TrainSettings, photographs: bool) -> Mixture:
    """What is made of what was asked for, so that the card tells it."""
    asked = settings.mixture
    long_side = max(asked.long_side, settings.fit.imgsz)  # the network sees no blown up pages
    return replace(asked, long_side=long_side, synthetic=asked.synthetic if photographs else 0)


def _bare_card(settings: TrainSettings, files: dict[str, str]) -> ModelCard:
    size = settings.imgsz or settings.fit.imgsz
    return ModelCard(
        settings.name, settings.version, files, LABELS, size,
        title="Illustrations", concepts=CONCEPTS, iou=settings.iou, rivals=settings.rivals, licence=settings.licence,
    )  # fmt: skip


def _about(
    settings: TrainSettings,
    parts: dict[str, list[Page]],
    photographs: list[Path],
    compared: Compared,
    reports: dict[str, Report],
) -> dict[str, Any]:
    """The part of the card that people read."""
    return {
        "score_type": "calibrated",
        "training": {
            "settings": provenance.plain(asdict(replace(settings, notes=(), others=()))),
            "base": provenance.of_base(settings.fit.base),
            "seconds": round(seconds(settings.run / "fit")),
            "libraries": provenance.libraries(),
            "data": provenance.of_pages(parts),
            "photographs": provenance.of_photographs(settings.photographs, photographs),
        },
        "calibration_error": {
            "before": round(compared.chosen.error_before, 4),
            "after": round(compared.chosen.error_after, 4),
            "on": "val, to which the calibration was fitted; for the other parts see metrics",
        },
        "metrics": {name: measured.as_dict() for name, measured in reports.items()},
        "compared_on_val": compared.rows,
        "losses": [round(loss, 4) for loss in losses(settings.run / "fit")],
        "notes": list(settings.notes),
    }


def _as_json(card: ModelCard) -> dict[str, Any]:
    return {key: value for key, value in asdict(card).items() if value is not None}
