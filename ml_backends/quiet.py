"""Makes ultralytics keep quiet and read files of strangers safely, and torchvision loadable."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from PIL import Image

from ml_backends.types import BackendUnavailable

SYSTEM_LIBRARIES = "sudo apt-get install libgl1 libglib2.0-0"
_INTEGRATIONS = ("clearml", "comet", "dvc", "mlflow", "raytune", "tensorboard", "wandb", "vscode_msg", "openvino_msg")


def quiet_ultralytics(config_dir: Path) -> None:
    """Imports ultralytics so that it reports nothing, installs nothing and downloads nothing; its settings live in
    `config_dir`.

    Checkpoints are read with torch's restricted unpickler (weights_only and a list of model classes) unless the
    environment says `ULTRALYTICS_SAFE_LOAD=0`. Where somebody imported ultralytics before, that and how Pillow opens
    files is all that changes.
    Raises BackendUnavailable where a library of the system is missing.
    """
    check_opencv()
    mend_torchvision()
    os.environ.setdefault("ULTRALYTICS_SAFE_LOAD", "true")
    if "ultralytics" not in sys.modules:
        _import_quietly(config_dir)
    _restrict_reading()
    _open_as_pillow_does()


def _import_quietly(config_dir: Path) -> None:
    config_dir.mkdir(parents=True, exist_ok=True)
    os.environ.update(YOLO_CONFIG_DIR=str(config_dir.resolve()), YOLO_AUTOINSTALL="false", YOLO_OFFLINE="true")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    import ultralytics

    wanted = dict.fromkeys(("sync", *_INTEGRATIONS), False)
    if any(ultralytics.settings.get(name) for name in wanted):
        ultralytics.settings.update(wanted)
    _forbid_downloads()


def _restrict_reading() -> None:
    """ultralytics asks the environment once, at its import. The same switch keeps it from evaluating the activation
    that a checkpoint names, when the trainer makes the network anew."""
    from ultralytics.nn import tasks
    from ultralytics.utils import env_bool

    tasks.SAFE_LOAD = env_bool("ULTRALYTICS_SAFE_LOAD")


def _open_as_pillow_does() -> None:
    """ultralytics puts its own `Image.open` in place, which wants to install a package for what is no picture."""
    from ultralytics.utils import patches

    if Image.open is patches.image_open:
        Image.open = patches._image_open


def check_opencv() -> None:
    """Raises BackendUnavailable with the apt line where OpenCV lacks a library of the system."""
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        if "cannot open shared object file" not in str(error):
            raise
        raise BackendUnavailable(
            f"OpenCV does not load ({error}). Install what it needs: {SYSTEM_LIBRARIES}"
        ) from error


def mend_torchvision() -> None:
    """Lets torchvision load beside a torch that its compiled operators do not fit; nothing where it loads by itself.

    The wheels of PyPI are built for CUDA; beside a torch without CUDA their operators cannot be loaded, and the import
    fails over the missing declaration of `torchvision::nms`.
    """
    if "torchvision" in sys.modules:
        return
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        _forget("torchvision")
        _define_operators()
        import torchvision  # noqa: F401


def _forget(package: str) -> None:
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


def _define_operators() -> None:
    """Declares `nms` and `qnms` for this process, done by ultralytics' own NMS in plain torch."""
    import torch

    for name in ("torchvision::nms", "torchvision::qnms"):
        torch.library.define(name, "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        torch.library.impl(name, "default", _nms)
    import torchvision.extension

    # torchvision.ops asks this before it calls the operators that are there now
    torchvision.extension._has_ops = lambda: True


def _nms(dets: Any, scores: Any, iou_threshold: float) -> Any:
    from ultralytics.utils.nms import TorchNMS

    return TorchNMS.nms(dets, scores, iou_threshold)


def _forbid_downloads() -> None:
    """ultralytics fetches fonts and model files by name when it misses them; here it gets told no."""
    from ultralytics.utils import downloads

    looks_like_url = downloads.is_url
    downloads.is_url = lambda url, check=False: not check and looks_like_url(url)
    downloads.safe_download = _refuse


def _refuse(url: object, *_: object, **__: object) -> NoReturn:
    raise ConnectionError(f"Glossator lets no library download by itself: put {url} into place by hand")
