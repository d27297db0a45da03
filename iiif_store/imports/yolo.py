"""YOLO labels: data.yaml with the names of the classes, and a text file for each image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import yaml

from ml_backends.types import Finding, Region

from ..item import Item
from .sheets import File, NoRegion, Sheet, Sheets, Unreadable, box, named, ring, score

DESCRIPTIONS = (".yaml", ".yml")
NAMES = "classes.txt"
"""Names of the classes, one a line, as labelImg writes them."""
_NO_LABELS = frozenset({NAMES, "missing.txt", "readme.txt", "train.txt", "val.txt", "test.txt"})


def read(files: Sequence[File]) -> Sheets:
    """A sheet for each text file, whose name is that of its image; where there is a folder `labels`, of those in it.
    A line is class and box (and score), or class and outline, in shares of the image. Raises Unreadable."""
    names = _names(files)
    for file in _labels(files):
        lines = enumerate(file.body.decode("utf-8", "replace").splitlines(), 1)
        found = [(n, line.split()) for n, line in lines if line.strip()]
        items = tuple(_item(line, names, f"{file.name}, line {n}") for n, line in found)
        yield Sheet(file.name, named(_path(file).stem), (1.0, 1.0), items)


def parts(files: Sequence[File]) -> list[File]:
    """Those of some files that belong to a data set; the rest is not looked at."""
    return [file for file in files if _path(file).suffix.lower() in DESCRIPTIONS or _is_other(file)] + _labels(files)


def _labels(files: Sequence[File]) -> list[File]:
    texts = [file for file in files if _path(file).suffix.lower() == ".txt" and not _is_other(file)]
    return [file for file in texts if "labels" in _path(file).parts] or texts


def _is_other(file: File) -> bool:
    return _path(file).name.lower() in _NO_LABELS


def _path(file: File) -> PurePosixPath:
    return PurePosixPath(file.name.replace("\\", "/"))


def _names(files: Sequence[File]) -> Mapping[int, str]:
    for file in files:
        if file.name.lower().endswith(DESCRIPTIONS):
            return _described(file)
        if PurePosixPath(file.name).name.lower() == NAMES:
            return dict(enumerate(file.body.decode("utf-8", "replace").splitlines()))
    raise Unreadable("A YOLO data set needs its data.yaml, which names the classes. Bring it with the labels.")


def _described(file: File) -> Mapping[int, str]:
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(file.body)):
            raise yaml.YAMLError("it has aliases (*), by which a few lines become gigabytes; write them out")
        names = yaml.safe_load(file.body)["names"]
        pairs = names.items() if isinstance(names, dict) else enumerate(names)
        return {int(number): _name(name) for number, name in pairs}
    except (yaml.YAMLError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise Unreadable(f"{file.name} names no classes: {error}") from error


def _name(value: object) -> str:
    if isinstance(value, str | int):
        return str(value)
    raise TypeError(f"a name is text, no {type(value).__name__}")


def _item(values: list[str], names: Mapping[int, str], where: str) -> Item:
    try:
        number, *rest = int(values[0]), *map(float, values[1:])
    except ValueError as error:
        raise Unreadable(f"{where} is no label: {error}") from error
    if number not in names:
        raise Unreadable(f"{where} is no label: {' '.join(values)[:60]!r}, of classes {sorted(names)}")
    region, sure = _region(rest)
    return Item(Finding("classifying", region or NoRegion(where, " ".join(values)), label=names[number], score=sure))


def _region(values: list[Any]) -> tuple[Region | None, float | None]:
    if len(values) in (4, 5):
        x, y, width, height = values[:4]
        return box(x - width / 2, y - height / 2, width, height), score(values[4]) if len(values) == 5 else None
    return ring(values), None
