"""What other people's files hold, or in plain words why it cannot be used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any, TypeAlias

from ml_backends.training.pages import UnreadableData
from ml_backends.types import Box

Row: TypeAlias = Mapping[str, Any]


@contextmanager
def at(where: str) -> Iterator[None]:
    """Makes a ValueError an UnreadableData that tells the file and the row."""
    try:
        yield
    except UnreadableData:
        raise
    except ValueError as error:
        raise UnreadableData(f"{where}: {error}. Correct it or take it out.") from error


def text_of(file: Path) -> str:
    """The text in a file; raises UnreadableData."""
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableData(f"{file} cannot be read as UTF-8: {error}. Save it anew or take it out.") from error


def lines_of(file: Path) -> Iterator[tuple[str, str]]:
    """The lines of a file that are not blank, each after the place where it stands."""
    # not splitlines, which also breaks at the rarer separators that a line of JSON may hold
    for number, line in enumerate(text_of(file).split("\n"), 1):
        if line.strip():
            yield f"{file}, line {number}", line.strip()


def parsed(text: str) -> Any:
    """A value from JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON ({error})") from error


def document(file: Path) -> Any:
    """The JSON in a file; raises UnreadableData."""
    with at(str(file)):
        return parsed(text_of(file))


def json_files(folder: Path) -> list[Path]:
    """The JSON files in a folder, without hidden ones: some systems put some beside every file."""
    return sorted(file for file in folder.glob("*.json") if not file.name.startswith("."))


def an_object(value: Any) -> Row:
    """A JSON object."""
    if not isinstance(value, dict):
        raise ValueError(f"it is no object, but {_shown(value)}")
    return value


def member(row: Row, key: str) -> Any:
    """What a row must have."""
    if key not in row:
        raise ValueError(f"it has no {key!r}")
    return row[key]


def listed(row: Row, key: str) -> list[Any]:
    """A list that a row must have."""
    value = member(row, key)
    if not isinstance(value, list):
        raise ValueError(f"its {key!r} is no list, but {_shown(value)}")
    return value


def string(row: Row, key: str) -> str:
    """A text that a row must have."""
    value = member(row, key)
    if not isinstance(value, str):
        raise ValueError(f"its {key!r} is no text, but {_shown(value)}")
    return value


def identifier(row: Row, key: str) -> str | int:
    """The name or number of a row, or of another one."""
    value = member(row, key)
    if not isinstance(value, str | int):
        raise ValueError(f"its {key!r} is neither number nor text, but {_shown(value)}")
    return value


def side(row: Row, key: str) -> int:
    """Width or height of an image."""
    value = member(row, key)
    if not _finite(value) or value < 1:
        raise ValueError(f"its {key!r} is no number of pixels, but {_shown(value)}")
    return int(value)


def box(row: Row, key: str) -> Box:
    """From x, y, width and height."""
    values = member(row, key)
    if not isinstance(values, list) or len(values) != 4 or not all(map(_finite, values)):
        raise ValueError(f"its {key!r} is not four numbers, but {_shown(values)}")
    return Box(*values)


def around(values: Any) -> Box | None:
    """The upright rectangle around x, y, x, y and so on; None for what is no such list."""
    if not isinstance(values, list) or len(values) < 6 or len(values) % 2 or not all(map(_finite, values)):
        return None
    xs, ys = values[::2], values[1::2]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
