"""Annotated pages from regions.jsonl, our own format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ml_backends.training.formats.rows import Row, an_object, at, box, lines_of, listed, parsed, side, string
from ml_backends.training.pages import SPLITS, Page, Region

FILE = "regions.jsonl"


def regions_jsonl(folder: Path) -> Iterator[Page]:
    """The pages of `folder`/regions.jsonl, one JSON object a line: image, width, height, regions [{class, xywh}]."""
    for where, line in lines_of(folder / FILE):
        with at(where):
            page = _page(folder, an_object(parsed(line)))
        yield page


def _page(folder: Path, row: Row) -> Page:
    path = folder / string(row, "image")
    if not path.is_file():
        raise ValueError(f"its image {path} is not there")
    regions = tuple(map(_region, listed(row, "regions")))
    about = {key: str(row.get(key) or "") for key in ("source", "licence")}
    book = str(row.get("volume") or row.get("book") or "")  # of single sheets that are bound together, the volume
    group, split = str(row.get("set") or ""), _split(row)
    return Page(path, side(row, "width"), side(row, "height"), regions, group=group, book=book, split=split, **about)


def _region(mark: Any) -> Region:
    row = an_object(mark)
    return Region(string(row, "class"), box(row, "xywh"))


def _split(row: Row) -> str:
    name = str(row.get("split") or "train")
    if name.lower() not in SPLITS:
        raise ValueError(f"the split {name!r} is none of {', '.join(SPLITS)}")
    return SPLITS[name.lower()]
