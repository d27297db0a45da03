"""Trains a colouriser: photographs in, weights, model card and contact sheet out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ml_backends.card import ModelCard
from ml_backends.colorize import DECLINED, PAINTED, Colorize, working_size
from ml_backends.colour import lab
from ml_backends.colour.network import STRIDE, Painter
from ml_backends.evaluation.colour import (
    Compared,
    Report,
    best_tint,
    colourfulness,
    compare,
    difference,
    report,
    tinted,
)
from ml_backends.evaluation.colour_sheet import colour_sheet
from ml_backends.training import provenance
from ml_backends.training.colorize.export import export
from ml_backends.training.colorize.fitting import Fit, Fitted, fit
from ml_backends.training.colorize.gather import Offered, Photograph, Progress, gather
from ml_backends.training.pages import UnreadableData, opened
from ml_backends.types import Picture
from ml_backends.weights import Offline, sha256

LEAST = 2
"""Photographs in colour, without which there is nothing to train on."""
MAX_EDGE = 32768
"""Originals are painted as they are: only the network sees a small copy."""
GIVEN = 0.25
"""Of what the nearest colours gain over grey: so much is given for livelier ones, since pictures are looked at."""
BOLD, TEMPERATURES, VIVID = (0.0, 0.2, 0.4), (0.3, 0.5), (1.0, 1.25, 1.5, 1.75)
TRIED = 192
"""Pixels of the longer side of the pictures that these are tried on."""


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """One training run. `run` keeps everything that lets a stopped run go on; `out` gets what was made."""

    run: Path
    out: Path
    name: str = "colorize"
    version: str = "1"
    title: str = "Colourised"
    licence: str | None = None
    base: Path | None = None
    """Weights (.pt) of an earlier colouriser to start from."""
    imgsz: int = 160
    """The network sees as many pixels as a square of that side has, when it is used."""
    fit: Fit = field(default_factory=Fit)
    notes: tuple[str, ...] = ()
    """Plain words for the card."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What a run produced."""

    card: Path
    sheet: Path
    """Before and after: original, grey version, colourised."""
    report: Report | None
    """On the pictures kept apart; None where there were none."""
    photographs: list[Photograph]


def train(settings: TrainSettings, offered: Iterable[Offered], progress: Progress) -> TrainedModel:
    """Trains on the photographs that are offered, and goes on where an earlier call with the same `run` was stopped.

    Writes `out`/`name`.onnx, .pt, .json (the model card) and before-after.png. Raises UnreadableData where too few are
    in colour.
    """
    folder = settings.run / "pictures"
    photographs = gather(offered, folder, progress)
    parts = {name: [p for p in photographs if p.split == name and not p.grey] for name in ("train", "val", "test")}
    if len(parts["train"]) < LEAST:
        raise UnreadableData(f"not enough photographs in colour to train on: {told(photographs)}")
    paths = {name: list(dict.fromkeys(p.path(folder) for p in some)) for name, some in parts.items()}
    fitted = fit(paths["train"], settings.run / "fit", settings.fit, progress, settings.base)
    chosen = _emboldened(fitted.network, settings, parts["val"], progress)
    files = export(fitted.network, settings.out, settings.name)
    backend = _backend(settings, files)
    shown = list(_compared(backend, parts["test"] or parts["val"] or parts["train"], folder, progress))
    sheet = settings.out / "before-after.png"
    colour_sheet(shown, sheet)
    tint = best_tint([opened(p.path(folder)) for p in parts["train"]])
    measured = report(shown, tint) if parts["test"] else None
    card = settings.out / f"{settings.name}.json"
    about = _about(settings, photographs, fitted, chosen, measured)
    card.write_text(json.dumps(_as_json(_card(settings, files)) | about, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return TrainedModel(card, sheet, measured, photographs)


def told(photographs: Sequence[Photograph]) -> str:
    """How many there are, in words."""
    counts = Counter(p.split for p in photographs if not p.grey and p.error is None)
    grey, lost = sum(p.grey for p in photographs), [p for p in photographs if p.error is not None]
    parts = ", ".join(f"{counts[name]} {what}" for name, what in _PARTS.items())
    first = f", {len(lost)} could not be had (the first: {lost[0].name}: {lost[0].error})" if lost else ""
    return f"{len(photographs)} pictures: {parts}; {grey} grey and skipped{first}"


_PARTS = {"train": "to train on", "val": "to choose by", "test": "kept apart"}


def _emboldened(
    network: Painter, settings: TrainSettings, val: Sequence[Photograph], progress: Progress
) -> list[dict[str, Any]]:
    """Sets boldness, temperature and vividness to those at which the pictures to choose by become most colourful, among
    those at which three quarters of what can be gained over grey are gained (`GIVEN`); answers what was tried, grey
    first. Without such pictures: the calmest."""
    pictures = [opened(one.path(settings.run / "pictures")) for one in val]
    seen = [(_small(picture), _logits(network, picture, settings.imgsz)) for picture in pictures]
    tries = list(product(BOLD, TEMPERATURES, VIVID))
    rows = []
    for number, setting in enumerate(tries if seen else [], 1):
        network.set(*setting)
        rows.append(_tried(network, seen))
        progress(number, len(tries), "choosing how bold to be")
    grey = _mean([difference(np.asarray(small), np.asarray(tinted(small, (0, 0)))) for small, _ in seen])
    chosen = liveliest(rows, grey)
    network.set(*tries[chosen])
    names = ("boldness", "temperature", "vividness")
    told = [dict(zip(names, tries[n], strict=True)) | row | {"chosen": n == chosen} for n, row in enumerate(rows)]
    return [{"grey": True, "ciede2000": round(grey, 3)}, *told] if seen else []


def liveliest(rows: Sequence[dict[str, float]], grey: float) -> int:
    """The number of the most colourful row, among those that keep enough of the gain over the difference `grey`."""
    best = min((row["ciede2000"] for row in rows), default=grey)
    limit = best + GIVEN * max(grey - best, 0.0)
    near = [n for n, row in enumerate(rows) if row["ciede2000"] <= limit]
    return max(near, key=lambda n: rows[n]["colourfulness"], default=0)


def _small(picture: Picture) -> Picture:
    small = picture.copy()
    small.thumbnail((TRIED, TRIED))
    return small


@torch.inference_mode()
def _logits(network: Painter, picture: Picture, side: int) -> Tensor:
    light = lab.small_lightness(picture, working_size(picture.size, side, STRIDE))
    return network.seen(torch.from_numpy(light)[None, None])


@torch.inference_mode()
def _tried(network: Painter, seen: Sequence[tuple[Picture, Tensor]]) -> dict[str, float]:
    """What the pictures become with the network as it is set."""
    pairs = []
    for picture, logits in seen:
        ab = network.chosen(logits)[0].permute(1, 2, 0).numpy()
        painted = lab.repaint(picture, lab.follow_edges(picture, ab))
        pairs.append((np.asarray(picture), np.asarray(painted)))
    return {
        "ciede2000": round(_mean([difference(*pair) for pair in pairs]), 3),
        "colourfulness": round(_mean([colourfulness(painted) for _, painted in pairs]), 3),
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(len(values), 1)


def _backend(settings: TrainSettings, files: dict[str, str]) -> Colorize:
    """The weights as the product runs them on a processor."""
    backend = Colorize(settings.out, _card(settings, files))
    backend.load("cpu", Offline())
    return backend


def _compared(
    backend: Colorize, photographs: Sequence[Photograph], folder: Path, progress: Progress
) -> Iterator[Compared]:
    for number, one in enumerate(photographs, 1):
        yield compare(backend.predict, one.name, one.group, opened(one.path(folder)))
        progress(number, len(photographs), "measuring")


def _card(settings: TrainSettings, files: dict[str, str]) -> ModelCard:
    return ModelCard(
        settings.name, settings.version, files, (PAINTED, DECLINED), settings.imgsz, "colourise",
        backend="colorize", title=settings.title, threshold=0.0, max_edge=MAX_EDGE, licence=settings.licence,
        score_type="share of the pixels that are in colour",
    )  # fmt: skip


def _about(
    settings: TrainSettings,
    photographs: Sequence[Photograph],
    fitted: Fitted,
    tried: list[dict[str, Any]],
    measured: Report | None,
) -> dict[str, Any]:
    """The part of the card that people read."""
    return {
        "training": {
            "settings": provenance.plain(asdict(replace(settings, notes=()))),
            "base": sha256(settings.base) if settings.base else None,
            "seconds": round(fitted.seconds),
            "libraries": provenance.libraries(),
            "data": _sources(photographs),
        },
        "tried_on_val": tried,
        "metrics": {"test": measured.as_dict()} if measured else {},
        "losses": [round(loss, 4) for loss in fitted.losses],
        "notes": list(settings.notes),
    }


def _sources(photographs: Sequence[Photograph]) -> list[dict[str, Any]]:
    """For each part, group and licence: how many pictures, and one hash over theirs."""
    rows: dict[tuple[str, ...], list[Photograph]] = {}
    for one in photographs:
        if one.error is None:
            part = "grey, not used" if one.grey else one.split
            rows.setdefault((part, one.group, one.source, one.licence), []).append(one)
    return [
        {
            "part": part, "set": group, "from": source, "licence": licence, "pictures": len(some),
            "sha256": hashlib.sha256("".join(sorted(p.sha256 for p in some)).encode()).hexdigest(),
        }
        for (part, group, source, licence), some in sorted(rows.items())
    ]  # fmt: skip


def _as_json(card: ModelCard) -> dict[str, Any]:
    return {key: value for key, value in asdict(card).items() if value is not None}
