"""Weights between those that a run started from and those that it ended with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ml_backends.quiet import quiet_ultralytics
from ml_backends.training.pages import UnreadableData


def blend(checkpoint: Path, base: Path, share: float, target: Path) -> Path:
    """Writes `target`: `share` of the weights of `checkpoint`, the rest of `base` (WiSE-FT, Wortsman et al. 2022).

    What was learnt anew is kept with less loss of what the base knew, other books above all. Raises ValueError where
    the two are not of one architecture; `check_labels` tells before the training.
    """
    quiet_ultralytics(target.parent / "ultralytics")
    import torch
    from ultralytics.nn.tasks import torch_safe_load

    told, before = torch_safe_load(checkpoint)[0], torch_safe_load(base)[0]
    name = "ema" if told.get("ema") else "model"
    new, old = told[name].float(), (before.get("ema") or before["model"]).float().state_dict()
    weights: dict[str, Any] = new.state_dict()
    if {key: value.shape for key, value in weights.items()} != {key: value.shape for key, value in old.items()}:
        raise ValueError(f"{checkpoint} and {base} cannot be blended: they are not of one architecture")
    for key, value in weights.items():
        if value.is_floating_point():
            value.mul_(share).add_(old[key], alpha=1 - share)
    told[name] = new.half()
    torch.save(told, target)
    return target


def check_labels(base: Path, labels: int, config_dir: Path) -> None:
    """Raises UnreadableData where the network in `base` does not tell `labels` classes apart: its last layers would be
    made anew, and could not be blended."""
    quiet_ultralytics(config_dir)
    from ultralytics.nn.tasks import torch_safe_load

    told = torch_safe_load(base)[0]
    names = (told.get("ema") or told["model"]).names
    if len(names) != labels:
        raise UnreadableData(
            f"{base} tells {len(names)} classes apart, not {labels}, and cannot be blended with what is trained from "
            "it; leave out --blend."
        )
