"""Training runs beside each other: in what their settings differ, and what came of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ml_backends.training.fitting import SPEED
from ml_backends.training.pages import PICTURE, UnreadableData

Card: TypeAlias = Mapping[str, Any]

NOT_COMPARED = frozenset(
    {"run", "out", "name", "version", "notes", "others", "processes", *(f"fit.{name}" for name in SPEED)}
)
"""What a run is called and where it lies, and what changes its speed alone."""
FIGURES = ("marked", "ap50", "ap50_95", "precision", "recall")


def read(paths: Sequence[Path]) -> list[Card]:
    """The cards at `paths`. Raises UnreadableData for a file that is no card of a training run."""
    return [_read(path) for path in paths]


def _read(path: Path) -> Card:
    try:
        card: dict[str, Any] = json.loads(path.read_text("utf-8"))
        _row(card, _flat(card["training"]["settings"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableData(f"{path} is not the model card of a training run: {error!r}") from error
    return card


def table(own: Card, others: Sequence[Card]) -> list[dict[str, Any]]:
    """A row for the card `own` and one for each of `others`; none where there are no others.

    A row has the version, the settings that are not the same in all runs, seconds of training, and for each part that
    was measured the figures of the picture class and the false alarms.
    """
    cards = [own, *others] if others else []
    settings = [_flat(card["training"]["settings"]) | _hashes(card["training"]) for card in cards]
    names = {name: None for some in settings for name in some}
    differing = [name for name in names if any(some.get(name) != settings[0].get(name) for some in settings)]
    told = [{name: some.get(name) for name in differing} for some in settings]
    return [_row(card, some) for card, some in zip(cards, told, strict=True)]


def _flat(settings: Card, above: str = "") -> dict[str, Any]:
    """Nested settings by dotted names."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        name = f"{above}{key}"
        found |= _flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return {name: value for name, value in found.items() if name not in NOT_COMPARED}


def _hashes(training: Card) -> dict[str, Any]:
    """Of what is a file name only in the settings."""
    base, photographs = training.get("base") or {}, training.get("photographs") or {}
    return {"fit.base": base.get("sha256"), "photographs": photographs.get("sha256")}


def _row(card: Card, settings: Card) -> dict[str, Any]:
    parts = {part: _figures(measured) for part, measured in card["metrics"].items()}
    return {"version": card["version"], "settings": dict(settings), "seconds": card["training"]["seconds"]} | parts


def _figures(measured: Card) -> dict[str, Any]:
    picture = measured["labels"][PICTURE]
    return {name: picture[name] for name in FIGURES} | {"false_alarms": measured["false_alarms"]}
