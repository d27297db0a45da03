"""The ultralytics training loop, told what it needs and nothing more."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_backends.quiet import quiet_ultralytics
from ml_backends.training.processor import has_bfloat16, keep_freed_memory

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Fit:
    """How the network is trained. `hours`, where given, overrides `epochs`: the schedule then ends with the time."""

    architecture: str = "yolo11n.yaml"
    base: Path | None = None
    """Weights (.pt) to start from; random ones otherwise."""
    imgsz: int = 640
    epochs: int = 60
    hours: float | None = None
    batch: int = 16
    learning_rate: float = 0.002
    warmup_epochs: float = 1.0
    mosaic: float = 0.5
    """Share of the images that are put together from four; none in the last `close_mosaic` epochs."""
    close_mosaic: int = 2
    scale: float = 0.5
    workers: int = 2
    cache: bool = True
    """Keep decoded images in memory, where there is room."""
    threads: int = 2
    device: str = "auto"
    seed: int = 1
    half: bool = True
    """Compute in bfloat16 where the processor can, in 16 bit on a GPU."""


SPEED = frozenset({"workers", "cache", "threads", "device"})
"""Fields of `Fit` that change how fast it goes, not what comes of it."""


def fit(data: Path, run: Path, settings: Fit, progress: Progress) -> Path:
    """Trains on the data.yaml at `data` inside the folder `run` and answers the path of the best checkpoint.

    A run folder that holds an unfinished run is continued; a finished one is not trained again.
    """
    best, last, finished = run / "weights" / "best.pt", run / "weights" / "last.pt", run / "finished"
    if finished.exists():
        return best
    quiet_ultralytics(run.parent / "ultralytics")
    if _ended(last):
        finished.touch()
        return best
    from ultralytics.models.yolo.detect import DetectionTrainer

    overrides = _overrides(data, run, settings)
    if last.exists():
        overrides["resume"] = str(last)
    trainer = DetectionTrainer(overrides=overrides)
    trainer.args.workers = settings.workers  # ultralytics sets 0 on a CPU: one core would wait for the other
    _watch(trainer, settings, progress)
    trainer.train()
    finished.touch()
    return best


def _ended(last: Path) -> bool:
    """Whether ultralytics was stopped after the last epoch, while it measured the result: nothing is left to resume."""
    from ultralytics.nn.tasks import torch_safe_load

    return last.exists() and torch_safe_load(last)[0].get("epoch") == -1


def _overrides(data: Path, run: Path, settings: Fit) -> dict[str, Any]:
    device = "" if settings.device == "auto" else settings.device
    return {
        "model": str(settings.base or settings.architecture),
        "pretrained": settings.base is not None,
        "data": str(data),
        "save_dir": str(run),  # a relative `project` would be below a folder of ultralytics
        "optimizer": "AdamW",
        "lr0": settings.learning_rate,
        "nbs": settings.batch,
        "time": settings.hours,
        "amp": settings.half,
        "device": device,
    } | {name: getattr(settings, name) for name in _SAME_NAME} | _FIXED  # fmt: skip


_SAME_NAME = (
    "imgsz", "epochs", "batch", "warmup_epochs", "mosaic", "close_mosaic", "scale", "workers", "cache", "seed",
)  # fmt: skip
_FIXED = {
    "lrf": 0.01, "cos_lr": True, "warmup_bias_lr": 0.0, "patience": 1000, "plots": False, "verbose": False,
    "degrees": 1.5, "translate": 0.12, "fliplr": 0.5, "flipud": 0.05, "hsv_h": 0.02, "hsv_s": 0.5, "hsv_v": 0.35,
}  # fmt: skip
"""Scans differ in tone and angle, and mirrored type is type too; skew and paper are made before (synthesis.paper)."""


def losses(run: Path) -> list[float]:
    """The training loss of each finished epoch of a run: boxes, classes and distribution together."""
    return [sum(float(value) for key, value in row.items() if key.startswith("train/")) for row in _epochs(run)]


def seconds(run: Path) -> float:
    """How long the finished epochs of a run took, over all calls that continued it."""
    clock = [float(row["time"]) for row in _epochs(run)]  # starts anew with each call
    return sum(now - before if now > before else now for before, now in zip([0.0, *clock], clock, strict=False))


def _epochs(run: Path) -> list[dict[str, str]]:
    with (run / "results.csv").open(newline="") as file:
        return [{key.strip(): value for key, value in row.items()} for row in csv.DictReader(file)]


def _watch(trainer: Any, settings: Fit, progress: Progress) -> None:
    """Connects the progress callback, and half precision on processors that have it."""
    import torch

    state = {"batch": 0}

    def batch_done(trainer: Any) -> None:
        state["batch"] += 1
        if state["batch"] % 10 == 0:
            total = trainer.epochs * len(trainer.train_loader)
            progress(
                min(state["batch"], total),
                total,
                f"epoch {trainer.epoch + 1}/{trainer.epochs} {_losses(trainer.tloss)}",
            )

    def started(trainer: Any) -> None:
        torch.set_num_threads(settings.threads)  # ultralytics chooses anew whenever it selects a device
        state["batch"] = trainer.start_epoch * len(trainer.train_loader)
        if trainer.device.type == "cpu":
            keep_freed_memory()
        if settings.half and trainer.device.type == "cpu" and has_bfloat16():
            trainer.model.to(memory_format=torch.channels_last)  # a quarter faster than with channels first
            trainer.amp = True
            trainer.model.criterion = FullPrecisionLoss(trainer.model.init_criterion())

    trainer.add_callback("on_train_start", started)
    trainer.add_callback("on_train_batch_end", batch_done)


def _losses(values: Mapping[str, Any] | None) -> str:
    return " ".join(f"{name} {float(value):.3f}" for name, value in (values or {}).items())


class FullPrecisionLoss:
    """A criterion that sees float32 although the network ran in bfloat16: box edges need more than 8 bits."""

    def __init__(self, criterion: Callable[[Any, Any], Any]) -> None:
        self._criterion = criterion

    def __call__(self, predictions: Any, batch: Any) -> Any:
        """The loss of `predictions`, computed in float32."""
        import torch

        with torch.autocast("cpu", enabled=False):
            return self._criterion(_as_float(predictions), batch)


def _as_float(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_float(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_as_float(item) for item in value)
    return value.float() if hasattr(value, "float") else value
