"""The photographs of a training run: taken once from wherever they come, and kept small in the run's folder."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from ml_backends.colour.greyness import in_colour
from ml_backends.preprocess import rgb
from ml_backends.training.pages import IMAGES, UnreadableData, opened
from ml_backends.types import Picture

Progress = Callable[[int, int, str], None]
EDGE = 384
"""Pixels of the longer side that are kept: more than the network ever sees."""
SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class Offered:
    """A picture that may be trained on, not opened yet."""

    name: str
    """Unique among those of a run: a path below the folder, the URI of a canvas."""
    open: Callable[[], Picture]
    """Called where the run does not have it yet; raises OSError or ValueError where it cannot be had."""
    group: str
    source: str = ""
    licence: str = ""
    split: str | None = None
    """None: by the hash of its pixels."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture that the run has looked at."""

    name: str
    sha256: str
    """Of the pixels that are kept."""
    split: str
    group: str
    source: str
    licence: str
    grey: bool = False
    """Nothing to learn from: only counted."""
    error: str | None = None
    """Why it could not be had; it is asked for again when the run goes on."""

    def path(self, folder: Path) -> Path:
        """Where `gather` keeps it."""
        return folder / f"{self.sha256[:24]}.png"


def gather(offered: Iterable[Offered], folder: Path, progress: Progress) -> list[Photograph]:
    """Looks at every picture once, whatever the number of calls, and keeps those in colour in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = folder / "gathered.jsonl"
    before = rows.read_bytes() if rows.is_file() else b""
    known = _known(before)
    with rows.open("a", encoding="utf-8") as table:
        table.write("" if before.endswith(b"\n") or not before else "\n")  # an earlier call was cut off within a row
        for number, one in enumerate(offered, 1):
            if one.name not in known:
                known[one.name] = taken = _take(one, folder)
                table.write(json.dumps(asdict(taken), ensure_ascii=False) + "\n")
                table.flush()
            progress(number, number, "gathering photographs")
    return list(known.values())


def offered_by(folder: Path) -> Iterator[Offered]:
    """The images below a folder, in order. An index.csv in it tells `file`, and may tell `split`, `set`, `repo` and
    `licence`; then only what it names counts. Raises UnreadableData where there is none."""
    rows = _index(folder) or [
        {"file": str(path.relative_to(folder))}
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in IMAGES and path.is_file()
    ]
    if not rows:
        raise UnreadableData(f"{folder} has no images to train on")
    for row in rows:
        group = row.get("set") or Path(row["file"]).parent.name or folder.name
        drawn = " (drawn)" if row.get("nonphoto") else ""
        yield Offered(
            row["file"],
            partial(opened, folder / row["file"]),
            group + drawn,
            row.get("repo") or "",
            row.get("licence") or "",
            row.get("split") if row.get("split") in SPLITS else None,
        )


def _index(folder: Path) -> list[dict[str, str]]:
    index = folder / "index.csv"
    if not index.is_file():
        return []
    with index.open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    if not rows or "file" not in rows[0]:
        raise UnreadableData(f"{index} has no column 'file'")
    return rows


def _take(one: Offered, folder: Path) -> Photograph:
    try:
        picture = one.open()
    except (OSError, ValueError) as error:
        return Photograph(one.name, "", "", one.group, one.source, one.licence, error=str(error))
    small = rgb(picture).copy()
    small.thumbnail((EDGE, EDGE), Image.Resampling.BOX)
    digest = hashlib.sha256(repr(small.size).encode() + small.tobytes()).hexdigest()
    taken = Photograph(
        one.name, digest, _split(one.split, digest), one.group, one.source, one.licence, grey=not in_colour(small)
    )
    if not taken.grey:
        small.save(taken.path(folder))
    return taken


def _split(told: str | None, digest: str) -> str:
    """A tenth of what may be trained on is for validation; where nothing is told, another tenth for testing."""
    if told in ("val", "test"):
        return told
    tenth = int(digest[:8], 16) % 10
    return "val" if tenth == 0 else "test" if tenth == 1 and told is None else "train"


def _known(table: bytes) -> dict[str, Photograph]:
    """What is not told whole is looked at again."""
    found = (_photograph(row) for row in table.splitlines())
    return {one.name: one for one in found if one and one.error is None}


def _photograph(row: bytes) -> Photograph | None:
    try:
        return Photograph(**json.loads(row))
    except (TypeError, ValueError):
        return None
