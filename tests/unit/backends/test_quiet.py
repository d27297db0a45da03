"""ultralytics reports nothing, installs nothing, downloads nothing. Each test needs a Python of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NETWORKS = ROOT / "tests" / "data" / "networks"


def python(
    script: str, *arguments: str, folder: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a script in a new Python with all warnings as errors, in `folder`."""
    names = ("YOLO_CONFIG_DIR", "YOLO_AUTOINSTALL", "YOLO_OFFLINE", "YOLO_VERBOSE", "ULTRALYTICS_SAFE_LOAD")
    clean = {name: value for name, value in os.environ.items() if name not in names and "PYTEST" not in name}
    environment["PYTHONPATH"] = os.pathsep.join([environment.get("PYTHONPATH", ""), str(ROOT)]).lstrip(os.pathsep)
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    return subprocess.run(command, env=clean | environment, cwd=folder, capture_output=True, text=True, check=False)


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


SOMEBODY = {"YOLO_CONFIG_DIR": "theirs", "YOLO_VERBOSE": "false"}
"""Who imported ultralytics has settings of ultralytics, or it tells on standard output that it makes them."""
STRANGER = """
import os, sys
from pathlib import Path
import ultralytics, torch
class Evil:
    def __reduce__(self):
        return Path.touch, (Path("written"),)
torch.save({"model": Evil()}, "stranger.pt")
from ml_backends.runtime.pytorch import TorchRuntime
from ml_backends.types import BackendUnavailable
from ml_backends.weights import Offline
from ml_backends.yolo import Yolo
ways = {
    "lent": lambda: Yolo(Path("stranger.pt")).load("cpu", Offline()),
    "on a GPU": lambda: TorchRuntime(Path("stranger.pt"), "cpu", Path("cache")),
}
try:
    ways[sys.argv[1]]()
except BackendUnavailable as error:
    assert "stranger.pt cannot be loaded" in str(error), error
print(Path("written").exists())
"""


@pytest.mark.parametrize("way", ["lent", "on a GPU"])
def test_a_file_of_a_stranger_runs_nothing_though_ultralytics_was_imported_before(tmp_path: Path, way: str) -> None:
    done = python(STRANGER, way, folder=tmp_path, **SOMEBODY)
    assert (done.stdout, done.returncode) == ("False\n", 0), done.stderr


def test_what_is_no_picture_is_told_as_pillow_does_though_ultralytics_was_imported_before(tmp_path: Path) -> None:
    """ultralytics' own opener wants to install a package first, and fails over that."""
    (tmp_path / "broken.png").write_bytes(b"nothing")
    done = python(
        """
import ultralytics
from pathlib import Path
from PIL import Image, UnidentifiedImageError
from ml_backends.quiet import quiet_ultralytics
quiet_ultralytics(Path())
try:
    Image.open("broken.png")
except UnidentifiedImageError:
    print("told")
""",
        folder=tmp_path,
        **SOMEBODY,
    )
    assert done.stdout == "told\n", done.stderr


def test_a_file_runs_what_it_holds_where_that_was_allowed(tmp_path: Path) -> None:
    done = python(STRANGER, "lent", folder=tmp_path, ULTRALYTICS_SAFE_LOAD="0", **SOMEBODY)
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr


def test_an_activation_that_a_checkpoint_names_is_not_evaluated(tmp_path: Path) -> None:
    """The trainer makes the network anew from what a base says of itself."""
    done = python(
        f"""
from pathlib import Path
from ml_backends.quiet import mend_torchvision, quiet_ultralytics
mend_torchvision()
from ultralytics.nn.tasks import DetectionModel, load_checkpoint
import torch
checkpoint = torch.load({str(NETWORKS / "shapes-detect.pt")!r}, weights_only=False)
checkpoint["model"].yaml["activation"] = "Path('written').touch() or torch.nn.SiLU()"
torch.save(checkpoint, "base.pt")
import builtins
builtins.Path = Path
quiet_ultralytics(Path("settings"))
try:
    DetectionModel(load_checkpoint("base.pt")[0].yaml, verbose=False)
except TypeError as error:
    print(str(error).isascii(), "unsupported activation" in str(error))
print(Path("written").exists())
""",
        folder=tmp_path,
    )
    assert done.stdout.split()[-2:] == ["True", "False"], done.stderr


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
