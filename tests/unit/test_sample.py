"""The book that ships with the product."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

import server

SAMPLE = Path(server.__file__).parent / "sample"


def test_every_page_is_there_with_the_size_that_is_told() -> None:
    pages = json.loads((SAMPLE / "sample.json").read_text())["pages"]
    assert 8 <= len(pages) <= 12
    assert {page["file"] for page in pages} == {path.name for path in SAMPLE.glob("*.jpg")}
    for page in pages:
        with Image.open(SAMPLE / page["file"]) as picture:
            assert picture.size == (page["width"], page["height"])


def test_it_is_small_and_says_whose_it_is() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 4_000_000
    manifest = json.loads((SAMPLE / "sample.json").read_text())["manifest"]
    assert manifest["rights"] == "http://creativecommons.org/publicdomain/mark/1.0/"
    assert "e-rara 12688" in (SAMPLE / "ATTRIBUTION.md").read_text()
