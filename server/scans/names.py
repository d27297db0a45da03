"""What the names of files say: their order, their labels, what nobody means when they say "my scans"."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from pathlib import PurePosixPath

DEEPEST = 16
"""Folders inside each other; no shelf has more."""

_DIGITS = re.compile(r"([0-9]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LITTER = frozenset({"thumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin", "system volume information"})
"""What systems leave in folders, in lower case."""

Key = tuple[tuple[int, int, str], ...]


def natural(name: str) -> tuple[Key, str]:
    """A key that sorts as people count: page 2 before page 10, whatever the case; never the same for two names."""
    parts = _DIGITS.split(unicodedata.normalize("NFKC", name).casefold())
    return tuple(_number(part) if n % 2 else (0, 0, part) for n, part in enumerate(parts)), name


def in_order(path: str) -> tuple[tuple[int, tuple[Key, str]], ...]:
    """A key for paths: the files of a folder first, then its sub-folders, each in natural order."""
    *folders, file = path.split("/")
    return *((1, natural(folder)) for folder in folders), (0, natural(file))


def is_litter(path: str) -> bool:
    """Hidden files, and what systems leave behind: nobody means them."""
    return any(part.startswith(".") or part.casefold() in _LITTER for part in path.split("/"))


def clean(path: str) -> str:
    """The path as it is shown and remembered: composed characters, no control characters. The same on every system."""
    return _CONTROL.sub("", unicodedata.normalize("NFC", path))


def stem(path: str) -> str:
    """The label of a picture: the name of its file without the ending."""
    return PurePosixPath(path).stem


def key(*parts: str) -> str:
    """12 base32 characters that stand for these words."""
    return base64.b32encode(hashlib.sha256("\0".join(parts).encode()).digest())[:12].decode().lower()


def slug(label: str) -> str:
    """What of a label may stand in a name: lower case letters without accents, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "scans"


def _number(digits: str) -> tuple[int, int, str]:
    """Sorts by value, without making a number of a thousand digits; numbers come before words."""
    value = digits.lstrip("0")
    return -1, len(value), value
