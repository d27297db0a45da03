"""A YOLO data set as ultralytics reads it: images/, labels/ and data.yaml, and a table of where all of it is from."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial

import yaml

from ..geometry import bounds
from ..item import Item
from . import pictures, table
from .archive import Entry, text
from .published import CanvasAnnotations, Options, Published

SPLIT = "train"


def folder(book: Published, options: Options) -> Iterator[Entry]:
    """Labels of regions only: a line is class, centre and size, as shares of the image, so that they hold for images
    of any size. A label line has no place for a score or a model: those stand in findings.csv. The classes are counted
    on the way, so data.yaml comes last."""
    classes: dict[str, int] = {}
    for page in book.examples():
        items = [item for item in page.examples() if item.finding.region and not item.is_text]
        if page.image:
            name = f"images/{SPLIT}/{page.stem}.jpg"
            yield Entry(name, partial(pictures.whole, page.canvas, options), picture=True)
        yield text(f"labels/{SPLIT}/{page.stem}.txt", _labels(page, items, classes))
    yield Entry("findings.csv", lambda: table.lines(book, options))
    yield text("data.yaml", _description(book, classes))


def _labels(page: CanvasAnnotations, items: list[Item], classes: dict[str, int]) -> str:
    width, height = page.size or (1, 1)
    lines = io.StringIO()
    for item in items:
        finding = item.finding
        box = bounds(finding.region) if finding.region else None
        if box is None:
            continue
        number = classes.setdefault(finding.label or finding.motivation, len(classes))
        middle = ((box.x + box.width / 2) / width, (box.y + box.height / 2) / height)
        shares = (*middle, box.width / width, box.height / height)
        lines.write(f"{number} {' '.join(f'{share:.9g}' for share in shares)}\n")
    return lines.getvalue()


def _description(book: Published, classes: dict[str, int]) -> str:
    """`val` is `train`, since ultralytics refuses a data set without one: put pages aside before training."""
    about = "".join(f"# {' '.join(line.split())}\n" for line in (book.title, book.manifest, book.software))
    named = {number: name for name, number in classes.items()}
    data = {"path": ".", "train": f"images/{SPLIT}", "val": f"images/{SPLIT}", "names": named}
    readable = all(name.isprintable() for name in classes)  # YAML folds some line ends that are not escaped
    return about + yaml.safe_dump(data, allow_unicode=readable, sort_keys=False)
