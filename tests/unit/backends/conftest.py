"""ultralytics made quiet before anything imports it, with its settings in a folder of the test run."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from ml_backends.quiet import quiet_ultralytics
from ml_backends.types import Transport

NETWORKS = Path(__file__).parents[2] / "data" / "networks"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache directory that keeps exported networks for the whole run."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def quiet(cache: Path) -> None:
    """From here on ultralytics can be imported."""
    quiet_ultralytics(cache / "ultralytics")


@pytest.fixture(scope="session")
def networks() -> Path:
    """The folder with the tiny networks, see make.py there."""
    return NETWORKS


@pytest.fixture(scope="session")
def scenes() -> list[Image.Image]:
    """Discs and squares in pictures of four shapes, none of them square."""
    make = _module(NETWORKS / "make.py")
    random = np.random.default_rng(20)
    scenes = []
    for columns, rows, width, height in [(1, 2, 240, 480), (2, 1, 500, 260), (2, 1, 384, 192), (2, 3, 433, 650)]:
        tiles = [[make.draw(random, 3)[0] for _ in range(columns)] for _ in range(rows)]
        scenes.append(Image.fromarray(np.vstack([np.hstack(row) for row in tiles])).resize((width, height)))
    return scenes


class NoNetwork:
    """A transport that must not be needed."""

    def get(self, url: str, *, max_bytes: int) -> bytes:
        """Never."""
        raise AssertionError(f"{url} was asked for")

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        """Never."""
        raise AssertionError(f"{url} was asked for")


@pytest.fixture(scope="session")
def offline() -> Transport:
    """A transport that must not be needed."""
    return NoNetwork()


def _module(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
