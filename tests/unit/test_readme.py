"""The README's backend is a backend."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PIL import Image

README = Path(__file__).parents[2] / "README.md"


def blank() -> tuple[str, Any]:
    match = re.search(r"`blank.py`:\n\n```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert match
    names: dict[str, Any] = {}
    exec(match[1], names)
    return match[1], names["Blank"]()


def test_it_has_fifteen_lines_at_most() -> None:
    code, _backend = blank()
    assert len([line for line in code.splitlines() if line.strip()]) <= 15


def test_it_tells_a_blank_page_from_a_written_one(page_images: Path) -> None:
    _code, backend = blank()
    backend.load("cpu", None)
    with Image.open(next(iter(sorted(page_images.glob("*.jpg"))))) as written:
        found = backend.predict([Image.new("RGB", (200, 300), "white"), written])
    assert [[finding.label for finding in page] for page in found] == [["blank page"], []]
