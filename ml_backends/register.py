"""Makes weights a backend, or a further version of one, that the registry finds: a folder with a model card."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from ml_backends.card import ModelCard
from ml_backends.registry import CARD, Registry
from ml_backends.types import BackendUnavailable
from ml_backends.weights import sha256

if TYPE_CHECKING:
    from ml_backends.runtime import Network

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""Of backends and versions: they become parts of paths and of URLs."""


RESERVED = re.compile(r"curated|import-.*")
"""Layers that no backend makes: what people write, and what was imported."""


def register_weights(
    weights: Path,
    name: str,
    version: str,
    models: Path,
    *,
    title: str | None = None,
    concepts: Mapping[str, str] | None = None,
    threshold: float = 0.25,
    licence: str | None = None,
    backend: str = "yolo",
) -> ModelCard:
    """Copies a .pt or .onnx file of ultralytics into `models`/`name`/`version`/ and writes the card beside it.

    Labels, task and size are the file's own; a .pt file is exported to ONNX here, once. `concepts` maps labels to URIs
    in an authority file. Raises BackendUnavailable where the file is no such model, ValueError where an argument is
    wrong, FileExistsError where the version exists.
    """
    if weights.suffix not in (".pt", ".onnx"):
        raise ValueError(f"{weights} is neither a .pt nor an .onnx file")
    free(models, name, version)
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=models) as scratch:
        folder = Path(scratch) / "version"
        folder.mkdir()
        shutil.copyfile(weights, folder / weights.name)
        network = _inspect(folder / weights.name, Path(scratch))
        if strange := set(concepts or ()) - set(network.labels):
            raise ValueError(f"{weights} has no label {', '.join(sorted(strange))}, only {', '.join(network.labels)}")
        card = ModelCard(
            name,
            version,
            {path.name: sha256(path) for path in folder.iterdir()},
            network.labels,
            max(network.shape),
            network.task,
            backend,
            title,
            dict(concepts or {}),
            threshold,
            licence=licence,
        )
        (folder / CARD).write_bytes(TypeAdapter(ModelCard).dump_json(card, indent=2, exclude_none=True))
        return add_version(folder, models)


def add_version(folder: Path, models: Path) -> ModelCard:
    """Copies a folder with card.json and the weights that it pins into `models`, all of it or nothing.

    Raises BackendUnavailable where card or weights are wrong, ValueError for a name that cannot be part of a URL,
    FileExistsError where the version exists: versions never change.
    """
    card = ModelCard.read(folder / CARD)
    target = free(models, card.name, card.version)
    for file in card.files:
        _check(folder / file.name, file.sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=models) as scratch:
        copy = Path(scratch) / "version"
        copy.mkdir()
        for name in (CARD, *card.sha256):
            shutil.copyfile(folder / name, copy / name)
        copy.rename(target)
    return card


def free(models: Path, name: str, version: str) -> Path:
    """Where a new version goes. Raises ValueError for a name that cannot be part of a URL or is another layer's,
    FileExistsError where the version exists: registered, or brought by a package."""
    for part in (name, version):
        if not NAME.fullmatch(part):
            raise ValueError(f"{part!r} cannot name a backend or version: small letters, digits and . _ - can")
    if RESERVED.fullmatch(name):
        raise ValueError(f"{name!r} is what a layer of people's annotations, or of imported ones, is called")
    target = models / name / version
    if target.exists():
        raise FileExistsError(f"{name} {version} is registered already; choose another version")
    known = Registry(models)
    if name in known.names() and version in known.versions(name):
        raise FileExistsError(f"{name} {version} comes with its package; choose another version")
    return target


def _check(path: Path, pinned: str) -> None:
    if not path.is_file():
        raise BackendUnavailable(f"{path} is missing, its card names it")
    if (found := sha256(path)) != pinned:
        raise BackendUnavailable(f"{path} has SHA-256 {found}, its card says {pinned}")


def _inspect(weights: Path, scratch: Path) -> Network:
    """What the file says of itself; leaves the ONNX file beside a .pt file."""
    from ml_backends.runtime import open_runtime

    network = open_runtime(weights, "cpu", scratch).network
    for exported in (scratch / "onnx").glob("*.onnx"):
        exported.rename(weights.with_suffix(".onnx"))
    return network
