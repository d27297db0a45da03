"""Photographs as the network is shown them: crops, mirrored, aged, with the colours that it has to tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml_backends.colour.lab import Floats
from ml_backends.colour.network import CELL
from ml_backends.training.colorize.degrade import Damage, aged, collage, on_page

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a step is made of."""

    lightness: Tensor
    """(n, 1, size, size), 0..100."""
    place: Tensor
    """(n, 2, size, size), see `network.frame`: where in its picture a crop is."""
    ab: Tensor
    """(n, 2, size / CELL, size / CELL)."""


class Album:
    """Pictures by number; the first ones stay in memory."""

    most = 2000

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._kept: dict[int, Pixels] = {}

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> Pixels:
        pixels = self._kept.get(number)
        if pixels is None:
            pixels = read(self._paths[number])
            if len(self._kept) < self.most:
                self._kept[number] = pixels
        return pixels


def read(path: Path) -> Pixels:
    """(height, width, 3), RGB; raises OSError."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise OSError(f"{path} is no picture any more")
    return np.asarray(pixels, np.uint8)


def batches(album: Album, size: int, count: int, damage: Damage, random: np.random.Generator) -> Iterator[Batch]:
    """Every picture once, in random order, `count` at a time."""
    order = random.permutation(len(album))
    for start in range(0, len(order), count):
        samples = [sample(album, int(i), size, damage, random) for i in order[start : start + count]]
        yield Batch(*(torch.from_numpy(np.stack(part)) for part in zip(*samples, strict=True)))


def sample(
    album: Album, number: int, size: int, damage: Damage, random: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Lightness, place, a and b of one square crop, often with a part of another picture in it."""
    view = _view(album[number], size, random)
    if random.random() < damage.collage:
        view = collage(view, _view(album[int(random.integers(len(album)))], size, random), random)
    rgb, place = np.ascontiguousarray(view[..., :3]), view[..., 3:]
    ab = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 1:], np.float32)
    if random.random() < damage.page:
        rgb, ab = on_page(rgb, ab, random)
    cells = np.asarray(cv2.resize(ab, (size // CELL, size // CELL), interpolation=cv2.INTER_AREA), np.float32)
    return lightness(aged(rgb, damage, random))[None], _first(place), _first(cells)


def lightness(grey: Floats) -> Floats:
    """L of Lab, 0..100, of grey values as they are printed, 0..1."""
    linear = np.where(grey > 0.04045, ((grey + 0.055) / 1.055) ** 2.4, grey / 12.92)
    return np.where(linear > 216 / 24389, 116 * np.cbrt(linear) - 16, linear * 24389 / 27).astype(np.float32)


def _view(pixels: Pixels, size: int, random: np.random.Generator) -> Floats:
    """(size, size, 5): a part of a fifth of the picture up to all of it, perhaps mirrored, scaled to a square: RGB
    within 0..1, then its place."""
    height, width = pixels.shape[:2]
    share, stretch = np.sqrt(random.uniform(0.2, 1)), np.exp(random.uniform(-0.2, 0.2))
    edges = (min(height, width),) * 2 if random.random() < 0.5 else (height, width)
    tall, wide = min(height, edges[0] * share * stretch), min(width, edges[1] * share / stretch)
    top, left = int(random.uniform(0, height - tall)), int(random.uniform(0, width - wide))
    part = pixels[top : top + int(tall) + 1, left : left + int(wide) + 1]
    shrinks = min(part.shape[:2]) > size
    seen = cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    y = np.linspace(top, top + tall, size, dtype=np.float32) / height * 2 - 1
    x = np.abs(np.linspace(left, left + wide, size, dtype=np.float32) / width * 2 - 1)
    place = np.stack(np.broadcast_arrays(y[:, None], x[None, :]), -1)
    view = np.concatenate([seen.astype(np.float32) / 255, place], -1)
    return view[:, ::-1] if random.random() < 0.5 else view


def _first(planes: Floats) -> Floats:
    """The last axis first."""
    return np.ascontiguousarray(planes.transpose(2, 0, 1), np.float32)
