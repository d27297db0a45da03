"""Training data on disk as ultralytics reads it: real pages, varied copies of them, and synthetic pages."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import yaml

from ml_backends.training.pages import LABELS, PICTURE, Page
from ml_backends.training.synthesis import compose
from ml_backends.training.synthesis.cuts import Supply
from ml_backends.training.synthesis.ink import Ink
from ml_backends.training.synthesis.paper import Boxes

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Copies:
    """How many images of each real page are written, by what the page shows; 0.5 writes every other page, by lot.

    The first image of a page is the page as it is, further ones are varied. Pages of the smaller groups count twice.
    When ornaments counted five times, small cuts on title pages were taken for ornaments.
    """

    plenty: float = 1
    """Pages of the largest group that show pictures and nothing else, or nothing at all."""
    pictures: float = 2
    """Pictures and nothing else."""
    both: float = 2
    """Pictures beside ornaments, initials or stamps."""
    others: float = 2
    """Ornaments, initials or stamps and no picture."""
    empty: float = 2
    """Nothing that is marked."""


KINDS = tuple(field.name for field in fields(Copies))


@dataclass(frozen=True, slots=True)
class Mixture:
    """How many synthetic images the training set holds, and how many of each real page."""

    synthetic: int = 4000
    copies: Copies = field(default_factory=Copies)
    seed: int = 1
    long_side: int = compose.LONG_SIDE
    """Pixels of the longer side of every image."""


def kind(page: Page, plenty: bool) -> str:
    """What a page counts as in `Copies`; `plenty` tells whether it is of the largest group."""
    others = any(region.label != PICTURE for region in page.regions)
    if plenty and not others:
        return "plenty"
    if page.has_picture:
        return "both" if others else "pictures"
    return "others" if others else "empty"


@dataclass(frozen=True, slots=True)
class _Job:
    """One image to make: a synthetic page of `supply` when `page` is None."""

    target: Path
    labels: Path
    page: Page | None
    seed: int | None


def write(
    folder: Path,
    train: Sequence[Page],
    val: Sequence[Page],
    supply: Supply,
    mixture: Mixture,
    progress: Progress,
    processes: int = 2,
) -> Path:
    """Writes images/ and labels/ for train and val below `folder` and answers the path of its data.yaml.

    What is there already is kept, so an interrupted call continues. An image depends on `mixture.seed`, its number
    and the supply only.
    """
    jobs = [*_real_jobs(folder, train, mixture), *_synthetic_jobs(folder, mixture), *_plain_jobs(folder, val)]
    for job in jobs:
        job.target.parent.mkdir(parents=True, exist_ok=True)
        job.labels.parent.mkdir(parents=True, exist_ok=True)
    missing = [job for job in jobs if not job.labels.exists()]
    for done in _in_processes(partial(_make, supply, mixture.long_side), missing, processes):
        progress(len(jobs) - len(missing) + done, len(jobs), "making training pages")
    description = folder / "data.yaml"
    names = dict(enumerate(LABELS))
    description.write_text(
        yaml.safe_dump({"path": str(folder.resolve()), "train": "images/train", "val": "images/val", "names": names})
    )
    return description


def _in_processes(make: Callable[[_Job], None], jobs: Sequence[_Job], processes: int) -> Iterable[int]:
    if processes < 2:
        for done, job in enumerate(jobs, 1):
            make(job)
            yield done
        return
    with get_context("spawn").Pool(processes) as pool:
        for done, _ in enumerate(pool.imap_unordered(make, jobs, chunksize=8), 1):
            yield done


def _job(folder: Path, part: str, stem: str, page: Page | None, seed: int | None) -> _Job:
    return _Job(folder / "images" / part / f"{stem}.jpg", folder / "labels" / part / f"{stem}.txt", page, seed)


def _real_jobs(folder: Path, pages: Sequence[Page], mixture: Mixture) -> Iterable[_Job]:
    sizes = Counter(page.group for page in pages)
    largest = sizes.most_common(1)[0][0] if len(sizes) > 1 else None
    for number, page in enumerate(pages):
        wanted = getattr(mixture.copies, kind(page, page.group == largest))
        lot = np.random.default_rng((mixture.seed, number)).random()
        for copy in range(int(wanted + lot)):
            seed = None if copy == 0 else mixture.seed * 1_000_003 + number * 31 + copy
            yield _job(folder, "train", f"real-{number:05}-{copy}", page, seed)


def _synthetic_jobs(folder: Path, mixture: Mixture) -> Iterable[_Job]:
    for number in range(mixture.synthetic):
        yield _job(folder, "train", f"made-{number:05}", None, mixture.seed * 10_000_019 + number)


def _plain_jobs(folder: Path, pages: Sequence[Page]) -> Iterable[_Job]:
    for number, page in enumerate(pages):
        yield _job(folder, "val", f"real-{number:05}-0", page, None)


def _make(supply: Supply, long_side: int, job: _Job) -> None:
    cv2.setNumThreads(1)
    if job.page is None:
        image, boxes = compose.synthetic(supply, job.seed or 0, long_side)
    elif job.seed is None:
        image, boxes = compose.plain(job.page, long_side)
    else:
        image, boxes = compose.varied(job.page, supply, job.seed, long_side)
    quality = 92 if job.seed is None else 55 + job.seed % 40
    _save(job, image, boxes, quality)


def _save(job: _Job, image: Ink, boxes: Boxes, quality: int) -> None:
    pixels = cv2.cvtColor((image * 255).astype(np.uint8), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(job.target), pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    height, width = image.shape[:2]
    centred = [(int(k), (x + w / 2) / width, (y + h / 2) / height, w / width, h / height) for k, x, y, w, h in boxes]
    lines = [f"{k} {x:.5f} {y:.5f} {w:.5f} {h:.5f}" for k, x, y, w, h in centred]
    part = job.labels.with_suffix(f".{os.getpid()}")
    part.write_text("\n".join(lines))
    part.replace(job.labels)
