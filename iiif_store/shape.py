"""Reading JSON of unknown shape: what is asked for comes back typed, or nothing does."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

JSON = dict[str, Any]

_LARGEST = 2**53


def listed(value: Any) -> list[Any]:
    """A list as it is, None as no element, everything else as the only one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects(value: Any) -> list[JSON]:
    """The JSON objects of a list, or a lone one."""
    return [item for item in listed(value) if isinstance(item, dict)]


def string(value: Any) -> str | None:
    """A string that is not blank, without the white space around it."""
    return value.strip() or None if isinstance(value, str) else None


def identifier(resource: Any) -> str | None:
    """The URI of a resource given as a string or as an object of version 2 or 3, byte for byte."""
    if isinstance(resource, dict):
        resource = resource.get("id") or resource.get("@id")
    return resource if isinstance(resource, str) and resource else None


def kind(resource: JSON) -> str:
    """`type` or `@type`, "" if there is none."""
    found = resource.get("type") or resource.get("@type")
    return next((item for item in listed(found) if isinstance(item, str)), "")


def number(value: Any) -> float | None:
    """A number above 0 that JSON can carry, from text too."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 < value < _LARGEST else None


def whole(value: Any) -> int | None:
    """A whole number above 0, rounded from a fraction."""
    found = number(value)
    return max(1, round(found)) if found is not None else None


def site(uri: str) -> tuple[str, str]:
    """Scheme and host of a URL, ("", "") if it is none."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "", ""
    return (parts.scheme, parts.netloc) if parts.netloc else ("", "")
