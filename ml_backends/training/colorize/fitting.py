"""The training loop of a colouriser: goes on where it was stopped, and does the same again on the same machine."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ml_backends.colour.network import REACH, STEP, Painter
from ml_backends.training.colorize.batches import Album, Batch, batches
from ml_backends.training.colorize.degrade import Damage
from ml_backends.training.processor import has_bfloat16, keep_freed_memory

Progress = Callable[[int, int, str], None]
LINE = 2 * REACH // STEP + 1
"""Colours along one side of the network's grid."""
LEAST = 1e-3
"""Share of a colour below which it is not known how rare it is."""
SAVED_EVERY = 60.0
"""Seconds after which the end of an epoch is worth a checkpoint."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How the network is trained."""

    epochs: int = 100
    hours: float | None = None
    """Over all calls; the learning rate falls with the time then, whatever the epochs."""
    size: int = 96
    """Pixels of the square crops that the network sees."""
    batch: int = 8
    learning_rate: float = 2e-3
    """At its highest."""
    weight_decay: float = 0.1
    dropout: float = 0.3
    average: float = 0.999
    """Of the exponential moving average of the weights, which is what is kept in the end."""
    damage: Damage = field(default_factory=Damage)
    threads: int = 2
    device: str = "auto"
    seed: int = 1
    half: bool = True
    """Compute in bfloat16 where the processor can, and on a GPU."""


class Learner:
    """Network, optimiser, and the average of the network over the last steps: all that a checkpoint holds."""

    parts = ("net", "average", "optimizer")

    def __init__(self, settings: Fit, base: Path | None, device: str) -> None:
        torch.manual_seed(settings.seed)
        self.net = Painter(settings.dropout)
        if base:
            _start_from(self.net, base)
        self.net.to(device)
        self.average = AveragedModel(self.net, multi_avg_fn=_averaging(settings.average), use_buffers=True)
        self.optimizer = torch.optim.AdamW(self.net.parameters(), weight_decay=settings.weight_decay)
        self.losses: list[float] = []
        self.seconds = 0.0

    @property
    def epoch(self) -> int:
        """How many are done."""
        return len(self.losses)

    def save(self, path: Path) -> None:
        """Whole or not at all."""
        state = {name: getattr(self, name).state_dict() for name in self.parts}
        torch.save(state | {"losses": self.losses, "seconds": self.seconds}, path.with_suffix(".part"))
        os.replace(path.with_suffix(".part"), path)

    def restore(self, path: Path) -> None:
        """What `save` wrote."""
        state = torch.load(path, map_location="cpu", weights_only=True)
        for name in self.parts:
            getattr(self, name).load_state_dict(state[name])
        self.losses, self.seconds = state["losses"], state["seconds"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training came to."""

    network: Painter
    """The averaged one, on the processor."""
    losses: list[float]
    """Of each epoch."""
    seconds: float
    """Over all calls that continued the run."""


def fit(pictures: Sequence[Path], run: Path, settings: Fit, progress: Progress, base: Path | None = None) -> Fitted:
    """Trains on the pictures. `run` keeps a checkpoint: a run that was stopped goes on, a finished one is not trained
    again. Raises ValueError where `base` holds other weights."""
    from ml_backends.runtime import choose_device

    _calm(settings.threads)
    run.mkdir(parents=True, exist_ok=True)
    device = choose_device(settings.device)
    if device == "cpu":
        keep_freed_memory()
    learner, last = Learner(settings, base, device), run / "last.pt"
    if last.exists():
        learner.restore(last)
    album, saved = Album(pictures), time.monotonic()
    while (done := share_done(learner, settings)) < 1:
        _epoch(learner, album, settings, device)
        if time.monotonic() - saved > SAVED_EVERY or share_done(learner, settings) >= 1 or done == 0:
            learner.save(last)
            saved = time.monotonic()
        progress(*_progress(learner, settings), f"epoch {learner.epoch} loss {learner.losses[-1]:.3f}")
    network = cast(Painter, learner.average.module.cpu().eval())
    network.commonness.copy_(commonness(album, settings.seed))
    return Fitted(network, learner.losses, learner.seconds)


def share_done(learner: Learner, settings: Fit) -> float:
    """0 at the start, 1 or more when the run is over."""
    if settings.hours:
        return learner.seconds / (settings.hours * 3600)
    return learner.epoch / settings.epochs


def wrong(logits: Tensor, ab: Tensor) -> Tensor:
    """Cross entropy. The true colour is shared among its four neighbours in the grid, so that their mean is itself."""
    flat = logits.permute(0, 2, 3, 1).flatten(0, 2).float()
    wanted = torch.zeros_like(flat)
    for index, share in neighbours(ab):
        wanted.scatter_add_(1, index.flatten()[:, None], share.flatten()[:, None])
    return -(functional.log_softmax(flat, 1) * wanted).sum() / len(flat)


def neighbours(ab: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Of a and b (n, 2, h, w) the four colours of the grid around each, as numbers (n, h, w), and their shares."""
    place = (ab.clamp(-REACH, REACH - 0.01) + REACH) / STEP
    low = place.floor()
    part = place - low
    for a in (0, 1):
        for b in (0, 1):
            index = (low[:, 0] + a) * LINE + low[:, 1] + b
            yield index.long(), (part[:, 0] if a else 1 - part[:, 0]) * (part[:, 1] if b else 1 - part[:, 1])


def commonness(album: Album, seed: int, most: int = 2000) -> Tensor:
    """The logarithm of the share that each colour of the grid has of the photographs, not below that of `LEAST`."""
    counts = torch.zeros(LINE * LINE)
    plain = Damage(page=0, collage=0)
    for number, batch in enumerate(batches(album, 64, 1, plain, np.random.default_rng(seed))):
        for index, share in neighbours(batch.ab):
            counts.index_add_(0, index.flatten(), share.flatten())
        if number >= most:
            break
    return (counts / counts.sum() + LEAST).log()


def _epoch(learner: Learner, album: Album, settings: Fit, device: str) -> None:
    """Every picture once; seeded by the number of the epoch, so that a run that was stopped goes on the same."""
    start = time.monotonic()
    random = np.random.default_rng((settings.seed, learner.epoch))
    torch.manual_seed(settings.seed * 100_003 + learner.epoch)
    learner.net.train()
    rates = _rates(learner, settings, -(-len(album) // settings.batch))
    found = [
        _step(learner, batch, settings, device, next(rates))
        for batch in batches(album, settings.size, settings.batch, settings.damage, random)
    ]
    learner.losses.append(sum(found) / len(found))
    learner.seconds += time.monotonic() - start


def _step(learner: Learner, batch: Batch, settings: Fit, device: str, rate: float) -> float:
    light, place, ab = (part.to(device) for part in (batch.lightness, batch.place, batch.ab))
    for group in learner.optimizer.param_groups:
        group["lr"] = rate
    half = settings.half and (light.device.type != "cpu" or has_bfloat16())
    with torch.autocast(light.device.type, torch.bfloat16, enabled=half):
        logits = learner.net.logits(light, place)
    loss = wrong(logits, ab)
    learner.optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(learner.net.parameters(), 1.0)
    learner.optimizer.step()
    learner.average.update_parameters(learner.net)
    return float(loss.detach())


def _rates(learner: Learner, settings: Fit, steps: int) -> Iterator[float]:
    """Learning rates for the steps of an epoch: up within the first twentieth of the run, then down as a cosine."""
    start = share_done(learner, settings)
    epoch = learner.seconds / learner.epoch if settings.hours and learner.epoch else 0.0
    length = epoch / (settings.hours * 3600) if settings.hours else 1 / settings.epochs
    for step in range(steps):
        done = min(start + length * step / steps, 1.0)
        rising = min((done + 1e-4) / 0.05, 1.0)
        yield settings.learning_rate * rising * max(0.5 * (1 + math.cos(math.pi * done)), 0.002)


def _start_from(network: Painter, base: Path) -> None:
    try:
        network.load_state_dict(torch.load(base, map_location="cpu", weights_only=True))
    except Exception as error:  # whatever a file that is not what it should be makes torch or pickle say
        raise ValueError(f"{base} holds no weights of a colouriser to start from: {error}") from error


def _averaging(decay: float) -> Callable[[Any, Any, Any], None]:
    """An exponential moving average that forgets the first, random steps soon."""

    def update(averaged: Any, current: Any, steps: Any) -> None:
        count = float(steps)
        get_ema_multi_avg_fn(min(decay, (1 + count) / (10 + count)))(averaged, current, steps)

    return update


def _calm(threads: int) -> None:
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)


def _progress(learner: Learner, settings: Fit) -> tuple[int, int]:
    if settings.hours:
        return int(learner.seconds), int(settings.hours * 3600)
    return learner.epoch, settings.epochs
