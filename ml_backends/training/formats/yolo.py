"""Annotated pages from YOLO data sets, as ultralytics reads them (docs.ultralytics.com/datasets/detect)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from ml_backends.training.formats.rows import Row, at, lines_of, text_of
from ml_backends.training.pages import IMAGES, SPLITS, Page, Region, UnreadableData, size_of
from ml_backends.types import Box

FILE = "data.yaml"


def yolo(folder: Path) -> Iterator[Page]:
    """The pages of an ultralytics data.yaml: images/ and labels/ side by side, centred boxes in parts of the image.

    `path`, `../` before a folder, and files that list images count as they do for ultralytics. An image of several
    splits is one page, of the first of train, test and val.
    """
    file = folder / FILE
    with at(str(file)):
        description = _description(file)
        names = _names(description)
        images: dict[Path, str] = {}
        for path, split in _images(description, folder):
            images.setdefault(path, split)  # what is to train on too is nothing to measure on
    _check_labels([*images])
    for path, split in images.items():
        yield _page(path, names, split)


def _description(file: Path) -> Row:
    try:
        description = yaml.safe_load(text_of(file))
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"it is no YAML ({error})") from error
    if not isinstance(description, dict):
        raise ValueError("it does not tell 'train', 'val' and 'names'")
    return description


def _names(description: Row) -> Mapping[int, str]:
    names = description.get("names")
    if not isinstance(names, list | dict) or not names:
        raise ValueError("it has no 'names' of classes, as a list or by number")
    pairs = names.items() if isinstance(names, dict) else enumerate(names)
    return {int(str(number)): str(name) for number, name in pairs}


def _images(description: Row, folder: Path) -> Iterator[tuple[Path, str]]:
    """Every image and its split. Of a `path` that is not there, as of somebody else's machine, the folder takes the
    place."""
    roots = (folder / str(description.get("path") or "."), folder)
    for name, split in SPLITS.items():
        entries = description.get(name) or []
        for entry in entries if isinstance(entries, list) else [entries]:
            place = _place(f"its {name!r}", str(entry), roots)
            found = _in_folder(place) if place.is_dir() else _in_list(place, roots)
            if not found:
                raise ValueError(f"its {name!r}, {entry!r}, is {place}, which holds no image")
            yield from ((path, split) for path in found)


def _place(what: str, entry: str, roots: Sequence[Path]) -> Path:
    """What an entry names. `../` is left out where it leads nowhere: Roboflow writes one too many."""
    tried = dict.fromkeys(_plain(root / name) for root in roots for name in (entry, entry.removeprefix("../")))
    for place in tried:
        if place.exists():
            return place
    raise ValueError(f"{what}, {entry!r}, is not there; it was looked for at {', '.join(map(str, tried))}")


def _plain(path: Path) -> Path:
    """Without `..`. Links stay: the labels are beside the link, not beside what it leads to."""
    return Path(os.path.abspath(path))


def _in_folder(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.suffix.lower() in IMAGES)
    return sorted(path for path in found if not path.name.startswith("."))


def _in_list(file: Path, roots: Sequence[Path]) -> list[Path]:
    """The images that a text file lists; `./` is the folder of that file."""
    images = []
    for where, line in lines_of(file):
        with at(where):
            places = (file.parent,) if line.startswith("./") else (*roots, file.parent)
            images.append(_place("the image", line, places))
    return images


def _check_labels(images: Sequence[Path]) -> None:
    """An image without a label file shows nothing. Where no image has one, the labels are somewhere else."""
    if images and not any(_label_file(path).exists() for path in images):
        first = images[0]
        raise UnreadableData(
            f"none of the {len(images)} images has a file of labels; that of {first} would be {_label_file(first)}. "
            "Put images below a folder images and labels below a folder labels beside it."
        )


def _label_file(image: Path) -> Path:
    """In labels/ beside the nearest images/ above the image."""
    beside = f"{os.sep}labels{os.sep}".join(str(image).rsplit(f"{os.sep}images{os.sep}", 1))
    return Path(beside).with_suffix(".txt")


def _page(path: Path, names: Mapping[int, str], split: str) -> Page:
    width, height = size_of(path)
    regions = []
    for where, line in _labels(path):
        with at(where):
            regions.append(_region(line.split(), names, width, height))
    return Page(path, width, height, tuple(regions), split=split)


def _labels(image: Path) -> Iterator[tuple[str, str]]:
    """The rows for an image. No file tells that there is nothing to see, no folder that the labels are elsewhere."""
    file = _label_file(image)
    if not file.parent.is_dir():
        raise UnreadableData(f"{image}: there is no folder {file.parent} with its labels")
    return lines_of(file) if file.exists() else iter(())


def _region(row: Sequence[str], names: Mapping[int, str], width: int, height: int) -> Region:
    number, *values = map(float, row)
    if number not in names:
        raise ValueError(f"its class {row[0]} is none of the 'names' {', '.join(map(str, names))} in {FILE}")
    return Region(names[int(number)], _box(values, width, height))


def _box(values: Sequence[float], width: int, height: int) -> Box:
    """From a centred box, which a score may follow, or from the corners of a polygon, in parts of the image."""
    if len(values) < 4:
        raise ValueError(f"it has {len(values)} numbers after the class, and a box has four")
    if len(values) >= 6 and len(values) % 2 == 0:
        xs, ys = values[::2], values[1::2]
        left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    else:
        x, y, w, h = values[:4]
        left, top, right, bottom = x - w / 2, y - h / 2, x + w / 2, y + h / 2
    return Box(left * width, top * height, (right - left) * width, (bottom - top) * height)
