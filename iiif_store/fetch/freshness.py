"""How long a publisher's answer may be used without asking again (RFC 9111, sections 4.2 and 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def may_be_kept(headers: Mapping[str, str]) -> bool:
    """False for `no-store`, `private` (our cache serves everybody) and what varies in unknown ways."""
    return not ({"no-store", "private"} & _directives(headers).keys()) and "*" not in headers.get("Vary", "")


def lifetime(headers: Mapping[str, str], default: float) -> float:
    """Seconds from now; `default` if the publisher says nothing."""
    directives = _directives(headers)
    if "no-cache" in directives:
        return 0.0
    if (age := directives.get("max-age", "")).isdigit():
        return max(0.0, float(age) - _number(headers.get("Age", "")))
    if "Expires" in headers:
        return _until_expiry(headers)
    return default


def _directives(headers: Mapping[str, str]) -> dict[str, str]:
    parts = (part.strip().partition("=") for part in headers.get("Cache-Control", "").lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in parts}


def _until_expiry(headers: Mapping[str, str]) -> float:
    try:
        expires, date = (parsedate_to_datetime(headers[name]) for name in ("Expires", "Date"))
        return max(0.0, (expires - date).total_seconds())
    except (KeyError, ValueError, TypeError):
        return 0.0


def _number(text: str) -> float:
    return float(text) if text.isdigit() else 0.0
