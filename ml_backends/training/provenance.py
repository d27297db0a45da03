"""Where weights come from: which data under which licence, which libraries, which weights before them."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ml_backends.card import ModelCard
from ml_backends.registry import CARD
from ml_backends.training.pages import Page
from ml_backends.weights import sha256

LIBRARIES = ("torch", "torchvision", "ultralytics", "onnx", "onnxruntime", "opencv-python", "numpy", "pillow")


def libraries() -> dict[str, str]:
    """Name -> version of what a result depends on."""
    return {name: version(name) for name in LIBRARIES}


def of_photographs(folder: Path | None, files: Sequence[Path]) -> dict[str, Any]:
    """How many files, one hash over the hashes of all of them, and their licences.

    Licences are read from the columns `file`, `repo` and `licence` of `folder`/index.csv, where there is one.
    """
    digest = hashlib.sha256("".join(sha256(file) for file in sorted(files)).encode())
    told = {"files": len(files), "sha256": digest.hexdigest()}
    index = folder / "index.csv" if folder else None
    if folder is None or index is None or not index.is_file():
        return told
    with index.open(newline="", encoding="utf-8") as table:
        rows = {folder / row["file"]: (row.get("repo", ""), row.get("licence", "")) for row in csv.DictReader(table)}
    counts = Counter(rows.get(file, ("", "")) for file in files)
    sources = [{"from": repo, "licence": licence, "files": n} for (repo, licence), n in sorted(counts.items())]
    return told | {"sources": sources}


def of_pages(parts: Mapping[str, Sequence[Page]]) -> dict[str, list[dict[str, Any]]]:
    """For each part and each source in it: licence, number of pages and regions, hash of all images and regions."""
    books = {(page.group, page.book) for page in parts.get("train", ()) if page.book}
    return {
        part: [_source(name, some, books) for name, some in _by_source(pages).items()] for part, pages in parts.items()
    }


def of_page(page: Page) -> str:
    """Hash of the image file and of what is marked on it."""
    regions = [(r.label, r.box.x, r.box.y, r.box.width, r.box.height) for r in page.regions]
    return hashlib.sha256(sha256(page.path).encode() + json.dumps(regions).encode()).hexdigest()


def _by_source(pages: Sequence[Page]) -> dict[str, list[Page]]:
    sources: dict[str, list[Page]] = {}
    for page in pages:
        sources.setdefault(page.group, []).append(page)
    return dict(sorted(sources.items()))


def _source(name: str, pages: Sequence[Page], trained: Set[tuple[str, str]]) -> dict[str, Any]:
    digest = hashlib.sha256("".join(of_page(page) for page in sorted(pages, key=lambda page: page.path)).encode())
    return {
        "set": name,
        "from": sorted({page.source.split(" (")[0] for page in pages}),
        "licence": sorted({page.licence for page in pages}),
        "pages": len(pages),
        "of_books_in_train": sum((page.group, page.book) in trained for page in pages),
        "without_picture": sum(not page.has_picture for page in pages),
        "regions": dict(Counter(region.label for page in pages for region in page.regions)),
        "sha256": digest.hexdigest(),
    }


def of_base(base: Path | None) -> dict[str, Any] | None:
    """What weights were started from: their hash, and the training part of the card beside them, if there is one."""
    if base is None:
        return None
    digest = sha256(base)
    told = _card_of(base, digest)
    return {
        "sha256": digest,
        "version": told.get("version"),
        "training": told.get("training"),
        "metrics": told.get("metrics"),
    }


def _card_of(weights: Path, digest: str) -> dict[str, Any]:
    """The model card beside weights that pins their hash, by their name or in a registered version; else {}."""
    for path in (weights.with_suffix(".json"), weights.with_name(CARD)):
        if path.is_file() and digest in ModelCard.read(path).sha256.values():
            return dict(json.loads(path.read_text("utf-8")))
    return {}


def trained_on(base: Path | None) -> set[str]:
    """The sets that weights, and those that they came from, were trained on, as far as their cards tell."""
    told, names = of_base(base), set[str]()
    while told:
        training = told.get("training") or {}
        names |= {source["set"] for source in (training.get("data") or {}).get("train", ())}
        told = training.get("base")
    return names


def plain(value: Any) -> Any:
    """Settings for JSON: paths by their last part, so that a card tells nothing of the machine."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.name if isinstance(value, Path) else value
