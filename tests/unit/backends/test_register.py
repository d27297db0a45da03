"""Weights of one's own become a named backend; versions never change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from iiif_store.curated import LAYER
from iiif_store.reading import IMPORTED
from ml_backends.register import add_version, free, register_weights
from ml_backends.registry import Registry
from ml_backends.types import BackendUnavailable, Directories, Transport

CONCEPTS = {"disc": "http://www.wikidata.org/entity/Q238231"}


@pytest.fixture
def registry(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """With our own entry points also where Glossator is not installed."""
    own = tmp_path / "site" / "glossator-0.dist-info"
    own.mkdir(parents=True)
    (own / "METADATA").write_text("Metadata-Version: 2.4\nName: glossator\nVersion: 0\n")
    (own / "entry_points.txt").write_text("[glossator.backends]\nyolo = ml_backends.yolo:Yolo\n")
    monkeypatch.syspath_prepend(str(own.parent))
    return Registry(tmp_path / "models", Directories(cache=cache))


def test_own_weights_become_a_backend_that_finds(
    tmp_path: Path, networks: Path, registry: Registry, scenes: list[Image.Image], offline: Transport
) -> None:
    weights = networks / "shapes-detect.pt"
    register_weights(weights, "shapes", "1", tmp_path / "models", concepts=CONCEPTS, licence="CC0-1.0")
    info = registry.info("shapes")
    assert (info.labels, info.max_edge, info.licence) == (("disc", "square"), 192, "CC0-1.0")
    assert {file.name for file in info.weights} == {"shapes-detect.pt", "shapes-detect.onnx"}

    backend = registry.create("shapes")
    assert backend.info == info
    backend.load("cpu", offline)
    found = backend.predict(scenes)[0]
    assert {f.concept for f in found if f.label == "disc"} == set(CONCEPTS.values())
    assert {f.concept for f in found if f.label == "square"} == {None}


def test_an_exported_network_can_be_registered_too(tmp_path: Path, networks: Path, registry: Registry) -> None:
    register_weights(networks / "shapes-classify.pt", "kinds", "1", tmp_path / "models")
    exported = tmp_path / "models" / "kinds" / "1" / "shapes-classify.onnx"
    card = register_weights(exported, "kinds", "2", tmp_path / "models")
    assert (card.task, card.labels, list(card.sha256)) == ("classify", ("disc", "square"), ["shapes-classify.onnx"])
    assert registry.versions("kinds") == ["1", "2"]


def test_a_version_is_never_overwritten(tmp_path: Path, networks: Path) -> None:
    weights = networks / "shapes-classify.pt"
    register_weights(weights, "kinds", "1", tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(FileExistsError, match="kinds 1 is registered already"):
        register_weights(weights, "kinds", "1", tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_version_that_a_package_brings_is_taken(tmp_path: Path, networks: Path, registry: Registry) -> None:
    shipped = registry.info("yolo").version
    with pytest.raises(FileExistsError, match=f"yolo {shipped} comes with its package; choose another version"):
        register_weights(networks / "shapes-classify.pt", "yolo", shipped, tmp_path / "models")
    assert free(tmp_path / "models", "yolo", "mine-1") == tmp_path / "models" / "yolo" / "mine-1"


@pytest.mark.parametrize(
    ("name", "version"), [("../up", "1"), ("Kinds", "1"), ("kinds", ""), ("kinds", "a/b"), (".", "1")]
)
def test_names_that_no_url_could_have_are_refused(tmp_path: Path, networks: Path, name: str, version: str) -> None:
    with pytest.raises(ValueError, match="cannot name a backend or version"):
        register_weights(networks / "shapes-classify.pt", name, version, tmp_path / "models")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [LAYER, f"{IMPORTED}coco"])
def test_names_of_layers_that_no_backend_makes_are_refused(tmp_path: Path, networks: Path, name: str) -> None:
    with pytest.raises(ValueError, match="what a layer of people's annotations, or of imported ones, is called"):
        register_weights(networks / "shapes-classify.pt", name, "1", tmp_path / "models")
    assert list(tmp_path.iterdir()) == []


def test_concepts_for_labels_that_the_network_has_not_are_refused(tmp_path: Path, networks: Path) -> None:
    with pytest.raises(ValueError, match="has no label cat, only disc, square"):
        register_weights(networks / "shapes-classify.pt", "kinds", "1", tmp_path, concepts={"cat": "urn:cat"})
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_network_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    for name in ("bad.pt", "bad.onnx"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(BackendUnavailable, match=name):
            register_weights(tmp_path / name, "bad", "1", tmp_path / "models")
    with pytest.raises(ValueError, match="neither"):
        register_weights(tmp_path / "bad.zip", "bad", "1", tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_folder_whose_weights_differ_from_its_card_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "trained"
    folder.mkdir()
    told = {"name": "cats", "version": "1", "sha256": {"a.onnx": "0" * 64}, "labels": ["cat"], "imgsz": 64}
    (folder / "card.json").write_text(json.dumps(told))
    with pytest.raises(BackendUnavailable, match=r"a\.onnx is missing"):
        add_version(folder, tmp_path / "models")
    (folder / "a.onnx").write_bytes(b"other")
    with pytest.raises(BackendUnavailable, match=f"its card says {'0' * 64}"):
        add_version(folder, tmp_path / "models")
