"""Every backend of the package, and the fake plug-in's, hold the contract that ships in ml_backends.testing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_backends.illustrations import Illustrations
from ml_backends.testing import BackendContract, PreparingContract
from ml_backends.types import Backend, Directories
from ml_backends.yolo import Yolo

DATA = Path(__file__).parents[1] / "data"


class NoNetwork:
    """A transport that must not be needed."""

    def get(self, url: str, *, max_bytes: int) -> bytes:
        raise OSError(url)

    def post(self, url: str, body: bytes, *, headers: object, max_bytes: int) -> bytes:
        raise OSError(url)


class YoloContract(PreparingContract):
    """The same for the four tasks."""

    module = "ml_backends.yolo"
    task = "detect"

    @pytest.fixture(scope="class")
    @classmethod
    def backend(cls, tmp_path_factory: pytest.TempPathFactory) -> Backend:
        backend = Yolo(DATA / "networks" / f"shapes-{cls.task}.pt")
        backend.directories = Directories(cache=tmp_path_factory.mktemp("cache"))
        backend.load("cpu", NoNetwork())
        return backend


class TestYoloDetect(YoloContract):
    task = "detect"


class TestYoloSegment(YoloContract):
    task = "segment"


class TestYoloOriented(YoloContract):
    task = "obb"


class TestYoloClassify(YoloContract):
    task = "classify"


class TestIllustrations(PreparingContract):
    module = "ml_backends.illustrations"

    @pytest.fixture(scope="class")
    @classmethod
    def backend(cls, tmp_path_factory: pytest.TempPathFactory) -> Backend:
        backend = Illustrations()
        backend.directories = Directories(cache=tmp_path_factory.mktemp("cache"))
        backend.load("cpu", NoNetwork())
        return backend


class TestPlugin(BackendContract):
    module = "ml_backends.types"  # the plug-in is on the path of this process only

    @pytest.fixture(scope="class")
    @classmethod
    def backend(cls) -> Iterator[Backend]:
        sys.path.insert(0, str(DATA / "plugin"))
        from glossator_plugin.healthy import Healthy

        yield Healthy()
        sys.path.remove(str(DATA / "plugin"))
