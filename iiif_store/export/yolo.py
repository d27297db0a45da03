"""A YOLO data set as ultralytics reads it: images/, labels/ and data.yaml, and a table of where all of it is from."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial

import yaml

from ..geometry import bounds
from ..item import Item
from ..shape import JSON
from . import pictures, table
from .archive import Entry, text
from .published import CanvasAnnotations, Options, Published
from .yolo_earlier import FILE, LABELS, TRAIN, earlier


def folder(book: Published, options: Options) -> Iterator[Entry]:
    """Labels of regions only: a line is class, centre and size, as shares of the image, so that they hold for images
    of any size. A label line has no place for a score or a model: those stand in findings.csv. The classes are counted
    on the way, from where an earlier export in the same directory ended: its labels stay. There data.yaml is written
    before each label that needs it, so that an export that is stopped can be continued; in a zip once, at the end."""
    described = earlier(options.folder)
    classes = {name: number for number, name in described["names"].items()}
    told = -1
    for page in book.examples():
        items = [item for item in page.examples() if item.finding.region and not item.is_text]
        if page.image:
            yield _picture(page, options)
        lines = _labels(page, items, classes)
        if options.folder and told < len(classes):
            told = len(classes)
            yield text(FILE, _description(book, described, classes))
        yield text(f"{LABELS}/{page.stem}.txt", lines)
    yield Entry("findings.csv", lambda: table.lines(book, options))
    yield text(FILE, _description(book, described, classes))


def _picture(page: CanvasAnnotations, options: Options) -> Entry:
    is_there = partial(pictures.is_whole, options=options)
    made = partial(pictures.whole, page.canvas, options)
    return Entry(f"{TRAIN}/{page.stem}.jpg", made, picture=True, is_there=is_there)


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


def _description(book: Published, described: JSON, classes: dict[str, int]) -> str:
    """No `path`: ultralytics would look for a relative one below the directory where it is started, and without one
    beside the file."""
    about = "".join(f"# {' '.join(line.split())}\n" for line in (book.title, book.manifest, book.software))
    data = described | {"names": {number: name for name, number in classes.items()}}
    readable = all(name.isprintable() for name in classes)  # YAML folds some line ends that are not escaped
    return about + yaml.safe_dump(data, allow_unicode=readable, sort_keys=False)
