"""A few real pages with known regions, small enough to travel with the repository."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def detector_pages() -> Path:
    """A folder with regions.jsonl and eleven page images; sources and licences stand in regions.jsonl."""
    return Path(__file__).parents[2] / "data" / "detector"
