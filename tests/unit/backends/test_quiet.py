"""ultralytics reports nothing, installs nothing, downloads nothing. Each test needs a Python of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def python(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script in a new Python with all warnings as errors."""
    names = ("YOLO_CONFIG_DIR", "YOLO_AUTOINSTALL", "YOLO_OFFLINE", "YOLO_VERBOSE", "ULTRALYTICS_SAFE_LOAD")
    clean = {name: value for name, value in os.environ.items() if name not in names and "PYTEST" not in name}
    command = [sys.executable, "-W", "error", "-c", script]
    return subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=False)


def test_nothing_is_sent_installed_or_downloaded(tmp_path: Path) -> None:
    done = python(f"""
import socket
asked = []
def refuse(*arguments, **options):
    asked.append(arguments)
    raise OSError("no network")
socket.getaddrinfo = refuse
from pathlib import Path
from ml_backends.quiet import quiet_ultralytics
quiet_ultralytics(Path({str(tmp_path)!r}))
from ultralytics import YOLO, settings
from ultralytics.utils import AUTOINSTALL, ONLINE, USER_CONFIG_DIR
from ultralytics.utils.checks import check_font
from ultralytics.utils.events import events
assert not (events.enabled or AUTOINSTALL or ONLINE or settings["sync"] or settings["mlflow"])
assert USER_CONFIG_DIR.is_relative_to({str(tmp_path)!r})
assert check_font("Nobody.ttf") is None
from PIL import Image, UnidentifiedImageError
try:
    Image.open(__import__("io").BytesIO(b"no picture"))
except UnidentifiedImageError:
    pass
try:
    YOLO("yolo11n.pt")
except ConnectionError as error:
    assert "yolo11n.pt" in str(error)
else:
    raise AssertionError("a model was found that nobody put there")
assert not asked, asked
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_torchvision_loads_and_suppresses(tmp_path: Path) -> None:
    done = python(f"""
from pathlib import Path
from ml_backends.quiet import quiet_ultralytics
quiet_ultralytics(Path({str(tmp_path)!r}))
import torch, torchvision
boxes = torch.tensor([[0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]], dtype=torch.float32)
assert torchvision.ops.nms(boxes, torch.tensor([0.8, 0.9, 0.7]), 0.5).tolist() == [1, 2]
assert torchvision.models.resnet18().eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 1000)
""")
    assert (done.returncode, done.stderr) == (0, "")


def test_torchvision_that_loads_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text("here = True\n")
    done = python(
        "import sys; from ml_backends.quiet import mend_torchvision; mend_torchvision(); mend_torchvision()\n"
        "assert sys.modules['torchvision'].here and 'torch' not in sys.modules",
        PYTHONPATH=str(tmp_path),
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("library", ["libGL.so.1", "libgthread-2.0.so.0"])
def test_a_missing_system_library_comes_with_the_apt_line(tmp_path: Path, library: str) -> None:
    message = f"{library}: cannot open shared object file: No such file or directory"
    (tmp_path / "cv2.py").write_text(f"raise ImportError({message!r})\n")
    done = python(
        "from pathlib import Path; from ml_backends.quiet import quiet_ultralytics; quiet_ultralytics(Path())",
        PYTHONPATH=str(tmp_path),
    )
    assert "BackendUnavailable" in done.stderr
    assert library in done.stderr
    assert "apt-get install libgl1 libglib2.0-0" in done.stderr
