"""What a model drew goes to the images before the reading names it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from iiif_store.stores import Store, open_store
from iiif_store.stores.images import drawn_image
from ml_backends.types import Box, Drawn, Finding
from server.engine.drawing import keep

REVISION = "a" * 64
NOW = "2026-09-01T09:00:00Z"
PLAIN = Finding("classifying", label="a scan")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"tinydb://{tmp_path / 'data'}")


def painted(width: int, height: int) -> Finding:
    return Finding("painting", label="tinted", picture=Image.new("RGB", (width, height)))


def test_pictures_come_first_and_leave_their_size(store: Store) -> None:
    mask = Finding("tagging", Box(1, 2, 3, 4), label="ship", picture=Image.new("L", (40, 60)))
    found = keep([PLAIN, painted(80, 120), mask], store.images, REVISION, (80, 120), NOW)
    assert [finding.picture for finding in found] == [Drawn(80, 120), Drawn(40, 60), None]
    assert found[1].region == mask.region and found[2] == PLAIN
    record = store.images.get(drawn_image(REVISION, 0))
    assert record
    assert (record.width, record.height, record.label, record.created) == (80, 120, "tinted", NOW)
    assert (record.digital_source_type, record.revision) == ("algorithmicallyEnhanced", REVISION)
    assert list(store.images.ids()) == [drawn_image(REVISION, 0), drawn_image(REVISION, 1)]


def test_what_an_attempt_left_that_died_is_taken_up(store: Store) -> None:
    first = keep([painted(80, 120)], store.images, REVISION, (80, 120), NOW)
    path = store.images.path(drawn_image(REVISION, 0))
    assert path
    before = path.read_bytes()
    assert keep([painted(40, 60)], store.images, REVISION, (80, 120), NOW) == first
    assert path.read_bytes() == before


@pytest.mark.parametrize("size", [(80, 100), (120, 80), (80, 124)])
def test_another_frame_is_refused_and_nothing_is_kept(store: Store, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="same frame"):
        keep([painted(80, 120), painted(*size)], store.images, REVISION, (80, 120), NOW)
    assert list(store.images.ids()) == []


@pytest.mark.parametrize("size", [(1000, 1501), (333, 500), (667, 1000), (1, 1)])
def test_rounding_to_whole_pixels_is_no_other_frame(store: Store, size: tuple[int, int]) -> None:
    [found] = keep([painted(*size)], store.images, REVISION, (1000, 1500), NOW)
    assert found.picture == Drawn(*size)
