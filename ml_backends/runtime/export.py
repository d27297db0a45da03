"""From a checkpoint of torch to an ONNX file, once."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from ml_backends.quiet import quiet_ultralytics
from ml_backends.types import BackendUnavailable
from ml_backends.weights import sha256


def exported(checkpoint: Path, cache: Path) -> Path:
    """The ONNX file made from a .pt checkpoint, for pictures of any size and number; made where `cache` lacks it.

    Its name holds the hash of the checkpoint and the version of ultralytics, so it is never out of date. Processes that
    ask at the same time wait for the first one. Raises BackendUnavailable.
    """
    folder = cache / "onnx"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{sha256(checkpoint)[:32]}-{version('ultralytics')}.onnx"
    with FileLock(target.with_suffix(".lock")):
        if not target.exists():
            _export(checkpoint, target, cache)
    return target


def _export(checkpoint: Path, target: Path, cache: Path) -> None:
    quiet_ultralytics(cache / "ultralytics")
    from ultralytics import YOLO

    from ml_backends.runtime.pytorch import load_checkpoint

    load_checkpoint(checkpoint)  # for its error text
    with tempfile.TemporaryDirectory(dir=target.parent) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, about which of its exporters ultralytics calls
        copy = Path(folder) / "model.pt"  # the exporter writes beside the file that it reads
        shutil.copyfile(checkpoint, copy)
        try:
            made = YOLO(copy).export(format="onnx", dynamic=True, simplify=True, verbose=False)
        except Exception as error:  # torch, onnx and ultralytics raise what they like
            raise BackendUnavailable(f"{checkpoint} cannot be exported to ONNX: {error}") from error
        os.replace(made, target)
