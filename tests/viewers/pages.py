"""The coloured pages: what each is called, its colour, and what the scribe finds on it. A picture is read once only, so
this is told once for all tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

JSON = dict[str, Any]
Shares = tuple[float, float, float, float]
"""x, y, width and height as shares of the page."""

SIZE = (300, 400)
"""Pixels of each."""

BOX: Shares = (0.2, 0.3, 0.5, 0.25)
TRIANGLE = [(0.2, 0.2), (0.8, 0.3), (0.4, 0.7)]
GRID: list[Shares] = [(x / 40, y / 50, 0.015, 0.012) for y in range(50) for x in range(40)]

LABEL = '<b>ink</b> & "gold"'
LATIN = "if a < b && c > d <img src=x onerror=alert(1)>"
HEBREW = "שלום <עולם> & ברכה"


@dataclass(frozen=True, slots=True)
class Page:
    colour: str
    """Six hexadecimal digits."""
    findings: list[JSON]
    """As tests/viewers/scribe reads them."""


def _read(text: str, language: str) -> JSON:
    return {"motivation": "supplementing", "text": text, "language": language, "box": BOX}


PAGES = {
    "empty": Page("113377", []),
    "letters": Page("335511", [{"label": LABEL, "box": BOX}, _read(LATIN, "en"), _read(HEBREW, "he")]),
    "many": Page("225577", [{"label": f"word {n}", "box": box} for n, box in enumerate(GRID)]),
    "outline": Page("553377", [{"label": "coast", "outline": TRIANGLE}]),
    "red": Page("ff0000", []),
    "single": Page("337755", [{"label": "seal", "score": 0.91, "box": BOX}]),
    "slow": Page("775533", []),
}
"""In the order in which they are published. The probe fails on the red one."""
