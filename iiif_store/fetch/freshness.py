"""How long a publisher's answer may be used without asking again (RFC 9111, sections 4.2 and 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

_LONGEST = 31_536_000.0
"""Seconds; a year."""


def may_be_kept(headers: Mapping[str, str]) -> bool:
    """False for `no-store`, `private` (our cache serves everybody) and what varies in unknown ways."""
    return not ({"no-store", "private"} & _directives(headers).keys()) and "*" not in headers.get("Vary", "")


def lifetime(headers: Mapping[str, str], default: float) -> float:
    """Seconds from now, a year at most; `default` if the publisher says nothing that can be understood."""
    directives = _directives(headers)
    if "no-cache" in directives:
        return 0.0
    if (lasts := _seconds(directives.get("max-age", ""))) is not None:
        return max(0.0, lasts - (_seconds(headers.get("Age", "")) or 0.0))
    if "Expires" in headers:
        return _until_expiry(headers)
    return default


def _directives(headers: Mapping[str, str]) -> dict[str, str]:
    parts = (part.strip().partition("=") for part in headers.get("Cache-Control", "").lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in parts}


def _until_expiry(headers: Mapping[str, str]) -> float:
    try:
        expires, date = (parsedate_to_datetime(headers[name]) for name in ("Expires", "Date"))
        return min(max(0.0, (expires - date).total_seconds()), _LONGEST)
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0.0


def _seconds(text: str) -> float | None:
    return min(float(text), _LONGEST) if text.isascii() and text.isdigit() else None
