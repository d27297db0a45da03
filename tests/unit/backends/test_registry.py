"""Listing, infos and versions of backends, with a fake installed package that brings four."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ml_backends.registry import Registry
from ml_backends.types import BackendUnavailable, Directories, UnknownBackend
from ml_backends.weights import sha256

PLUGIN = Path(__file__).parents[2] / "data" / "plugin"
ENTRY_POINTS = (
    "[glossator.backends]\nyolo = ml_backends.yolo:Yolo\nillustrations = ml_backends.illustrations:Illustrations\n"
)


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake package, and our own entry points also where Glossator is not installed."""
    own = tmp_path / "site" / "glossator-0.dist-info"
    own.mkdir(parents=True)
    (own / "METADATA").write_text("Metadata-Version: 2.4\nName: glossator\nVersion: 0\n")
    (own / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(PLUGIN))
    monkeypatch.syspath_prepend(str(own.parent))


def card(models: Path, name: str, version: str, /, **more: object) -> Path:
    """A registered version with weights that nobody could load."""
    folder = models / name / version
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(version.encode())
    told = {
        "name": name,
        "version": version,
        "sha256": {"model.onnx": sha256(folder / "model.onnx")},
        "labels": ["cat"],
        "imgsz": 320,
    }
    (folder / "card.json").write_text(json.dumps(told | more))
    return folder


def test_names_are_those_of_the_entry_points() -> None:
    assert {"bare", "broken", "healthy", "illustrations", "needy", "yolo"} <= set(Registry().names())


def test_the_info_comes_from_the_json_file_beside_the_module() -> None:
    info = Registry().info("healthy")
    assert (info.name, info.version, info.labels, info.max_edge) == ("healthy", "1.0", ("dark", "light"), 64)


def test_without_a_json_file_the_package_tells_what_it_can() -> None:
    info = Registry().info("bare")
    assert (info.version, info.title, info.licence) == ("0.1", "Backends for the tests of Glossator", "MIT")


def test_listing_imports_no_backend_and_no_torch() -> None:
    script = f"""
import sys
sys.path.insert(0, {str(PLUGIN)!r})
from ml_backends.registry import Registry
registry = Registry()
for name in registry.names():
    registry.problem(name)
    try:
        registry.info(name)
    except Exception as error:
        print(name, error, file=sys.stderr)
heavy = ("torch", "ultralytics", "onnxruntime", "cv2", "numpy", "glossator_plugin", "ml_backends.yolo")
print([name for name in sys.modules if name.startswith(heavy)])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_create_imports_the_backend_that_is_asked_for() -> None:
    backend = Registry().create("healthy")
    assert backend.info.name == "healthy"


def test_a_backend_that_cannot_be_imported_says_so() -> None:
    with pytest.raises(
        BackendUnavailable, match=r"'broken' of glossator-plugin .*RuntimeError: this module was imported"
    ):
        Registry().create("broken")


def test_what_is_missing_is_named_as_pip_wants_it() -> None:
    with pytest.raises(BackendUnavailable, match=r"pip install nobody-has glossator_plugin.gone$"):
        Registry().create("needy")
    assert Registry().problem("needy") is not None
    assert Registry().problem("healthy") is None


def test_an_unknown_backend_lists_the_known_ones() -> None:
    with pytest.raises(UnknownBackend, match="healthy, illustrations"):
        Registry().info("nobody")


@pytest.mark.parametrize("name", ["../../etc", "*", "", "cats/1"])
def test_names_from_outside_never_become_paths(tmp_path: Path, name: str) -> None:
    card(tmp_path / "models", "cats", "1")
    with pytest.raises(UnknownBackend):
        Registry(tmp_path / "models").info(name)
    with pytest.raises(UnknownBackend):
        Registry(tmp_path / "models").info("cats", name)


def test_two_packages_with_one_name_are_refused_by_both_names(tmp_path: Path) -> None:
    twin = tmp_path / "site" / "twin-1.dist-info"
    twin.mkdir()
    (twin / "METADATA").write_text("Metadata-Version: 2.4\nName: twin\nVersion: 1\n")
    (twin / "entry_points.txt").write_text("[glossator.backends]\nhealthy = twin:Twin\n")
    registry = Registry()
    assert "healthy" in registry.names()
    with pytest.raises(BackendUnavailable, match=r"(?=.*twin)(?=.*glossator-plugin)"):
        registry.info("healthy")


def test_a_registered_model_is_a_backend_of_its_own(tmp_path: Path) -> None:
    card(tmp_path, "cats", "1", concepts={"cat": "http://www.wikidata.org/entity/Q146"}, threshold=0.4)
    registry = Registry(tmp_path)
    assert "cats" in registry.names()
    info = registry.info("cats")
    assert (info.name, info.version, info.labels, info.max_edge, info.threshold) == ("cats", "1", ("cat",), 320, 0.4)
    assert info.weights[0].sha256 == sha256(tmp_path / "cats" / "1" / "model.onnx")
    assert "ultralytics" in info.requires


def test_without_promotion_the_highest_version_counts(tmp_path: Path) -> None:
    for version in ("1.9", "1.10", "1.2"):
        card(tmp_path, "cats", version)
    registry = Registry(tmp_path)
    assert registry.versions("cats") == ["1.2", "1.9", "1.10"]
    assert registry.info("cats").version == "1.10"
    registry.promote("cats", "1.9")
    assert Registry(tmp_path).info("cats").version == "1.9"
    assert Registry(tmp_path).info("cats", "1.2").version == "1.2"


def test_a_trained_version_stands_beside_the_one_that_a_package_brings(tmp_path: Path) -> None:
    card(tmp_path, "healthy", "2.0", backend="healthy")
    registry = Registry(tmp_path)
    assert registry.versions("healthy") == ["1.0", "2.0"]
    assert registry.info("healthy").version == "1.0"
    registry.promote("healthy", "2.0")
    assert registry.info("healthy").labels == ("cat",)
    assert registry.info("healthy", "1.0").labels == ("dark", "light")


def test_promoting_an_unknown_version_lists_the_known_ones(tmp_path: Path) -> None:
    card(tmp_path, "cats", "1")
    with pytest.raises(UnknownBackend, match="no version '7', only 1"):
        Registry(tmp_path).promote("cats", "7")


def test_a_registered_model_knows_its_folder_and_the_directories(tmp_path: Path) -> None:
    card(tmp_path, "cats", "1")
    directories = Directories(cache=tmp_path / "cache")
    backend = Registry(tmp_path, directories).create("cats")
    assert backend.info == Registry(tmp_path).info("cats")
    assert getattr(backend, "directories") == directories  # noqa: B009  a capability, not part of Backend


def test_the_hash_of_the_operators_own_weights_is_their_version(tmp_path: Path) -> None:
    weights = tmp_path / "mine.pt"
    weights.write_bytes(b"one")
    registry = Registry(own={"yolo": weights})
    first = registry.info("yolo")
    assert first.version == sha256(weights)[:12]
    assert first.weights[0].sha256 == sha256(weights)
    weights.write_bytes(b"other")
    assert Registry(own={"yolo": weights}).info("yolo").version != first.version
    assert registry.versions("yolo") == [registry.info("yolo").version]


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailable, match=r"gone\.pt"):
        Registry(own={"yolo": tmp_path / "gone.pt"}).info("yolo")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"labels": "cat"}, "labels: Input should be a valid"),
        ({"imgsz": None}, "imgsz"),
        ({"sha256": {"../../secret": "0"}}, "plain name"),
        ({"name": "dogs"}, "lies in the wrong folder"),
        ({"backend": "unheard"}, "'unheard', which a model card asks for"),
        ({"calibration": {"x": [0.5, 0.1], "y": [0, 1]}}, "x rising"),
    ],
)
def test_a_wrong_card_says_what_is_wrong_where(tmp_path: Path, change: dict[str, object], said: str) -> None:
    card(tmp_path, "cats", "1", **change)
    registry = Registry(tmp_path)
    assert "cats" in registry.names()
    with pytest.raises(BackendUnavailable, match=said):
        registry.info("cats")
    assert registry.problem("cats") is not None
