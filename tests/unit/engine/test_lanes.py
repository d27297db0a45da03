"""Which models a worker has loaded, and what it tells of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from iiif_store.reading import Recipe
from ml_backends.lane import Lane
from ml_backends.types import BackendInfo, BackendUnavailable, Finding, Transport
from server.engine.lanes import Lanes

PICTURE = Image.new("RGB", (8, 8))


class Model:
    """`look` is what it does with each picture; `missing` how often it cannot be loaded."""

    def __init__(self, look: Callable[[], list[Finding]], missing: list[str]) -> None:
        self.info = BackendInfo("model", "1", "Model", batch=4)
        self._look, self._missing = look, missing

    def load(self, device: str, transport: Transport) -> None:
        if self._missing:
            raise BackendUnavailable(self._missing.pop())

    def predict(self, pictures: Sequence[Image.Image]) -> list[list[Finding]]:
        return [self._look() for _ in pictures]


def lanes(look: Callable[[], list[Finding]] = list, missing: Sequence[str] = ()) -> tuple[Lanes, list[str]]:
    opened: list[str] = []
    left = list(missing)

    def open_lane(recipe: Recipe, device: str) -> Lane:
        opened.append(f"{recipe.backend} {recipe.version} {device}")
        return Lane(Model(look, left), device, None)  # type: ignore[arg-type]

    return Lanes(open_lane, "cpu"), opened


def recipe(version: str = "1") -> Recipe:
    return Recipe("p", 0, "model", version, "", {})


def test_a_model_is_loaded_once_for_each_version() -> None:
    found, opened = lanes()
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda n: found.predict(recipe(str(n % 2)), PICTURE), range(16))) == [[]] * 16
    assert sorted(opened) == ["model 0 cpu", "model 1 cpu"]
    assert sorted((told.version, told.predicted) for told in found.loaded()) == [("0", 8), ("1", 8)]
    assert all(told.seconds >= 0 for told in found.loaded())
    found.close()


def test_a_model_that_was_missing_is_looked_for_again() -> None:
    found, opened = lanes(missing=["pip install it"])
    with pytest.raises(BackendUnavailable, match="pip install it"):
        found.predict(recipe(), PICTURE)
    assert found.loaded() == []
    assert found.predict(recipe(), PICTURE) == []
    assert len(opened) == 2
    found.close()


def test_failures_are_counted_beside_predictions() -> None:
    def fail() -> list[Finding]:
        raise ValueError("not this one")

    found, _ = lanes(fail)
    with pytest.raises(ValueError, match="not this one"):
        found.predict(recipe(), PICTURE)
    (told,) = found.loaded()
    assert (told.predicted, told.failed) == (0, 1)
    found.close()


def test_a_backend_that_tries_to_end_the_process_only_fails() -> None:
    def leave() -> list[Finding]:
        raise SystemExit(3)

    found, _ = lanes(leave)
    with pytest.raises(RuntimeError, match="tried to end its process"):
        found.predict(recipe(), PICTURE)
    found.close()
