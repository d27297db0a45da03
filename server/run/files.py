"""What a run leaves in its directory: crops, a table of the findings, a zip of both, and the enriched manifest."""

from __future__ import annotations

import csv
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from iiif_store import crops
from iiif_store.annotation import PageView
from iiif_store.canvas import Canvas
from iiif_store.fetch.pictures import Pictures
from iiif_store.geometry import bounds, to_canvas
from iiif_store.stores import files
from ml_backends.types import Box, Finding
from server.local import public

MANIFEST, TABLE, ZIP, CROPS, PICTURES = "manifest.json", "findings.csv", "crops.zip", "crops", "pictures"
COLUMNS = ("page", "canvas", "xywh", "class", "score", "crop")
QUALITY = 92
_CROP = re.compile(rf"(?:{CROPS}|{PICTURES})/[^/\\]+\.jpg")


@dataclass(frozen=True, slots=True)
class Row:
    """A finding that is published."""

    canvas: Canvas
    finding: Finding
    box: Box | None
    """In canvas units; None: the whole canvas."""
    crop: str | None
    """The file of what is inside the box, or of the picture that was drawn. Its name says which part of which canvas it
    shows, or of which reading it is, so that it is made once."""


class Folder:
    """The directory that a run writes to. Every file appears whole or not at all; what cannot be written raises
    StoreUnavailable."""

    def __init__(self, path: Path, base: str) -> None:
        """`base`: the base URL of ids that are ours."""
        self.path, self._base = path, base

    def crop(self, rows: Sequence[Row], pictures: Pictures) -> None:
        """Cut the crops of one canvas that are not there yet; raises what fetching raises."""
        missing = {row.crop: row.box for row in rows if row.box and row.crop and not self.has(row.crop)}
        if not missing:
            return
        with files.explained(self.path / CROPS):
            (self.path / CROPS).mkdir(exist_ok=True)
        cut = crops.cut(pictures, rows[0].canvas.painted(), list(missing.values()))
        for name, image in zip(missing, cut, strict=True):
            with self._replaced(name) as part:
                image.save(part, "JPEG", quality=QUALITY)

    def write(self, name: str, body: bytes) -> None:
        """Any file: a manifest, a picture."""
        with files.explained(self.path / name):
            (self.path / name).parent.mkdir(exist_ok=True)
        with self._replaced(name) as part:
            part.write_bytes(body)

    def table(self, rows: Sequence[Row]) -> None:
        """One line for each row, with its crop as far as it could be cut. Crops that only an earlier table names go:
        another model found them, or another threshold let them pass."""
        stale = self._listed() - {row.crop for row in rows}
        with self._replaced(TABLE) as part, part.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            writer.writerows(self._line(row) for row in rows)
        for name in stale:
            (self.path / name).unlink(missing_ok=True)

    def pack(self, rows: Sequence[Row]) -> None:
        """The table and its crops in one zip. JPEG does not shrink, so crops are stored as they are."""
        names = dict.fromkeys(row.crop for row in rows if self.has(row.crop))
        with self._replaced(ZIP) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            archive.write(self.path / TABLE, TABLE, zipfile.ZIP_DEFLATED)
            for name in filter(None, names):
                archive.write(self.path / name, name)

    def has(self, crop: str | None) -> bool:
        return crop is not None and (self.path / crop).exists()

    def _listed(self) -> set[str]:
        """The crops that the table of an earlier run names."""
        try:
            with (self.path / TABLE).open(newline="", encoding="utf-8") as stream:
                named = {row.get("crop") or "" for row in csv.DictReader(stream)}
        except (OSError, ValueError, csv.Error):
            return set()
        return {name for name in named if _CROP.fullmatch(name)}

    def _line(self, row: Row) -> tuple[str, ...]:
        score = row.finding.score
        return (
            row.canvas.label,
            public(row.canvas.id, self._base),
            ",".join(_whole(row.box)) if row.box else "",
            row.finding.label or "",
            "" if score is None else f"{score:.4f}",
            row.crop if row.crop and self.has(row.crop) else "",
        )

    @contextmanager
    def _replaced(self, name: str) -> Iterator[Path]:
        """A file to be written, which takes the place of `name` afterwards."""
        part = self.path / f"{name}.part"
        with files.explained(part):
            yield part
            os.replace(part, self.path / name)


def rows_of(view: PageView, place: int, *, crops: bool) -> list[Row]:
    """What a page publishes; `place` is the number of its canvas in the book, from 1."""
    shown = view.canvas.painted()
    picture, canvas = (view.reading.width, view.reading.height), (shown.width, shown.height)
    stem = f"{CROPS}/{place:04d}-{_slug(view.canvas.label)}-{_slug(view.layer.name)}"
    rows = []
    if (painted := _painted(view)) is not None:
        rows.append(Row(view.canvas, painted, None, drawn_file(view, place)))
    for _number, finding in view.shown():
        box = bounds(to_canvas(finding.region, picture, canvas)) if finding.region else None
        name = f"{stem}-{'-'.join(_whole(box))}.jpg" if box and crops else None
        rows.append(Row(view.canvas, finding, box, name))
    return rows


def drawn_file(view: PageView, place: int) -> str:
    """The file of what a model drew of a canvas, number `place` of the book."""
    variant = _slug(view.info.variant or view.layer.name)
    return f"{PICTURES}/{place:04d}-{_slug(view.canvas.label)}-{variant}-{view.reading.revision[:8]}.jpg"


def _painted(view: PageView) -> Finding | None:
    found = (one for one in view.reading.findings if one.motivation == "painting" and one.picture is not None)
    return next(found, None)


def _whole(box: Box) -> tuple[str, ...]:
    return tuple(f"{number:.0f}" for number in (box.x, box.y, box.width, box.height))


def _slug(label: str) -> str:
    """A file name's worth of a page label."""
    return re.sub(r"[^\w]+", "-", label).strip("-")[:40] or "page"
