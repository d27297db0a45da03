"""What a run leaves in its directory: crops, a table of them, a zip of both, and the enriched manifest."""

from __future__ import annotations

import csv
import os
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from iiif_store import crops
from iiif_store.annotation import PageView
from iiif_store.canvas import Canvas
from iiif_store.fetch.pictures import Pictures
from iiif_store.geometry import bounds, to_canvas
from ml_backends.types import Box, Finding
from server.local import public

COLUMNS = ("page", "canvas", "xywh", "class", "score", "crop")
QUALITY = 92


@dataclass(frozen=True, slots=True)
class Region:
    """A finding that is published, with the box around it in canvas units and the file of its crop."""

    finding: Finding
    box: Box
    file: str


Row = tuple[Canvas, Region]


class Folder:
    """The directory that a run writes to. Every file appears whole or not at all."""

    def __init__(self, path: Path, pictures: Pictures, base: str) -> None:
        """`base`: the base URL of ids that are ours."""
        self.path, self._pictures, self._base = path, pictures, base
        (path / "crops").mkdir(parents=True, exist_ok=True)

    def crop(self, canvas: Canvas, regions: Sequence[Region]) -> None:
        """Write the crops that are not there yet; raises what fetching raises."""
        missing = [region for region in regions if not (self.path / region.file).exists()]
        images = crops.cut(self._pictures, canvas.painted(), [region.box for region in missing])
        for region, image in zip(missing, images, strict=True):
            target = self.path / region.file
            part = target.with_suffix(".part")
            image.save(part, "JPEG", quality=QUALITY)
            os.replace(part, target)

    def write(self, name: str, body: bytes) -> Path:
        """A file of the run."""
        target = self.path / name
        part = target.with_name(name + ".part")
        part.write_bytes(body)
        os.replace(part, target)
        return target

    def table(self, rows: Sequence[Row]) -> Path:
        """One row for each region, crop file as far as it could be cut."""
        target = self.path / "findings.csv"
        part = target.with_name("findings.csv.part")
        with part.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            writer.writerows(self._row(canvas, region) for canvas, region in rows)
        os.replace(part, target)
        return target

    def pack(self, rows: Sequence[Row]) -> Path:
        """The crops and the table in one zip. JPEG does not shrink, so crops are stored as they are."""
        target = self.path / "crops.zip"
        part = target.with_name("crops.zip.part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            archive.write(self.path / "findings.csv", "findings.csv", zipfile.ZIP_DEFLATED)
            for _canvas, region in rows:
                if (self.path / region.file).exists():
                    archive.write(self.path / region.file, region.file)
        os.replace(part, target)
        return target

    def _row(self, canvas: Canvas, region: Region) -> tuple[str, ...]:
        box, score = region.box, region.finding.score
        return (
            canvas.label,
            public(canvas.id, self._base),
            f"{box.x:.0f},{box.y:.0f},{box.width:.0f},{box.height:.0f}",
            region.finding.label or "",
            "" if score is None else f"{score:.4f}",
            region.file if (self.path / region.file).exists() else "",
        )


def regions(view: PageView, place: int) -> list[Region]:
    """The regions that a page publishes; `place` is the number of its canvas in the book, from 1."""
    shown = view.canvas.painted()
    picture, canvas = (view.reading.width, view.reading.height), (shown.width, shown.height)
    stem = f"crops/{place:04d}-{_slug(view.canvas.label)}-{_slug(view.layer.name)}"
    return [
        Region(finding, bounds(to_canvas(finding.region, picture, canvas)), f"{stem}-{n:02d}.jpg")
        for n, finding in view.shown()
        if finding.region is not None
    ]


def _slug(label: str) -> str:
    """A file name's worth of a page label."""
    return re.sub(r"[^\w]+", "-", label).strip("-")[:40] or "page"
