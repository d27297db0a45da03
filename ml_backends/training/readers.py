"""Annotated pages from the formats people have: regions.jsonl, COCO, YOLO, Web Annotations, or pictures in memory."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from PIL.Image import Image as Picture

from ml_backends.training.pages import ALIASES, LABELS, Page, Region, size_of
from ml_backends.training.web_annotations import web_annotations
from ml_backends.types import Box

log = logging.getLogger("glossator.training")

IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")
SPLITS: Mapping[str, str] = MappingProxyType(
    {"train": "train", "training": "train", "test": "test", "testing": "test"}
    | dict.fromkeys(("val", "valid", "validation", "dev"), "val")
)
"""What data sets call their parts, and our names of these."""


class UnreadableData(ValueError):
    """Training data that cannot be used. The text names the file and what to change."""


def read(folder: Path) -> list[Page]:
    """The annotated pages in `folder`, whatever their format; every page has a split. Raises UnreadableData.

    Labels that are not known here are left out, and the pages that they make doubtful; both are told in the log.
    """
    for applies, reader in _FORMATS:
        if applies(folder):
            pages = _certain(list(reader(folder)), str(folder))
            break
    else:
        raise UnreadableData(f"{folder} holds no regions.jsonl, no COCO *.json, no data.yaml and no annotation page")
    if not pages:
        raise UnreadableData(f"{folder} describes no page whose image is there")
    return pages if any(page.split != "train" for page in pages) else with_splits(pages)


def _certain(pages: Sequence[Page], where: str) -> list[Page]:
    """The pages with labels of our vocabulary. What else is marked may be a picture under another name: a page with
    such a mark and without a picture does not tell that there is none, and is left out."""
    kept, strange = [], Counter[str]()
    for page in pages:
        regions = [_renamed(region) for region in page.regions]
        known = replace(page, regions=tuple(region for region in regions if _usable(region)))
        others = [_told(region) for region in regions if not _usable(region)]
        strange.update(others)
        if known.has_picture or not others:
            kept.append(known)
    if strange:
        _tell(strange, kept, len(pages), where)
    return kept


def _tell(strange: Counter[str], kept: Sequence[Page], pages: int, where: str) -> None:
    names = ", ".join(f"{label} ({number})" for label, number in strange.most_common(12))
    known = ", ".join((*LABELS, *ALIASES))
    if not any(page.regions for page in kept):
        raise UnreadableData(f"{where}: none of its labels is known here: {names}; known are {known}")
    lost = pages - len(kept)
    doubtful = f", and with them {lost} of {pages} pages, which may show a picture under another name" if lost else ""
    log.warning("%s: left out are %s%s. Known labels are %s.", where, names, doubtful, known)


def _renamed(region: Region) -> Region:
    label = region.label.lower()
    return replace(region, label=ALIASES.get(label, label))


def _usable(region: Region) -> bool:
    return region.label in LABELS and region.box.width > 0 and region.box.height > 0


def _told(region: Region) -> str:
    if region.label in LABELS:
        return f"{region.label} without extent"
    return " ".join(region.label.split())[:40] or "no label"


def with_splits(pages: Sequence[Page], val: int = 10, test: int = 10) -> list[Page]:
    """Puts about `val` and `test` percent of the pages aside, always the same; whole books where there are enough.

    Of two pages or more at least one is to train on and one to validate on.
    """
    many = len({page.book for page in pages}) > 4
    keys = [(many and page.book) or page.path.name for page in pages]
    ranked = sorted({(int(hashlib.sha256(key.encode()).hexdigest(), 16) % 100, key) for key in keys})
    splits = {key: "val" if n < val else "test" if n < val + test else "train" for n, key in ranked}
    if len(ranked) > 1 and "val" not in splits.values():
        splits[ranked[0][1]] = "val"
    if len(ranked) > 1 and "train" not in splits.values():
        splits[ranked[-1][1]] = "train"
    return [replace(page, split=splits[key]) for page, key in zip(pages, keys, strict=True)]


def regions_jsonl(folder: Path) -> Iterator[Page]:
    """The pages of `folder`/regions.jsonl, one JSON object a line: image, width, height, regions [{class, xywh}]."""
    file = folder / "regions.jsonl"
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            yield _page_of_row(folder, json.loads(line))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnreadableData(f"{file}, line {number}: {type(error).__name__} {error}") from error


def _page_of_row(folder: Path, row: Mapping[str, Any]) -> Page:
    regions = tuple(Region(r["class"], Box(*r["xywh"])) for r in row["regions"])
    split = row.get("split") or "train"
    if split.lower() not in SPLITS:
        raise UnreadableData(f"the split {split!r} is none of {', '.join(SPLITS)}")
    about = {"group": row.get("set", ""), "split": SPLITS[split.lower()]}
    about |= {key: row.get(key, "") for key in ("source", "licence", "book")}
    return Page(folder / row["image"], row["width"], row["height"], regions, **about)


def coco(folder: Path) -> Iterator[Page]:
    """The pages of a COCO instances file: `folder`/*.json, images beside it, in images/ or in a folder of its name."""
    for file in _coco_files(folder):
        document = json.loads(file.read_text("utf-8"))
        names = {category["id"]: category["name"] for category in document["categories"]}
        regions: dict[Any, list[Region]] = defaultdict(list)
        for mark in document["annotations"]:
            regions[mark["image_id"]].append(Region(names[mark["category_id"]], Box(*mark["bbox"])))
        licences = {item["id"]: item.get("name", "") for item in document.get("licenses", [])}
        for row in document["images"]:
            path = _image(folder, row["file_name"], (folder, folder / "images", folder / file.stem))
            licence = licences.get(row.get("license"), "")
            yield Page(
                path,
                row["width"],
                row["height"],
                tuple(regions[row["id"]]),
                row.get("coco_url", ""),
                licence,
                file.stem,
                split=_split(file.stem),
            )


def yolo(folder: Path) -> Iterator[Page]:
    """The pages of an ultralytics data.yaml: images/ and labels/ side by side, centred boxes in parts of the image."""
    description = yaml.safe_load((folder / "data.yaml").read_text("utf-8"))
    names = description["names"]
    for name, split in SPLITS.items():
        places = description.get(name) or []
        for place in [places] if isinstance(places, str) else places:
            for path in sorted(p for p in (folder / place).rglob("*") if p.suffix.lower() in IMAGES):
                yield _yolo_page(path, names, split)


def _yolo_page(path: Path, names: Any, split: str) -> Page:
    width, height = size_of(path)
    regions = []
    for number, line in enumerate(_yolo_labels(path), 1):
        try:
            label, *values = line.split()
            regions.append(Region(names[int(label)], _yolo_box([float(v) for v in values], width, height)))
        except (KeyError, IndexError, ValueError) as error:
            raise UnreadableData(f"the labels of {path}, line {number}: {type(error).__name__} {error}") from error
    return Page(path, width, height, tuple(regions), split=split)


def _yolo_labels(image: Path) -> list[str]:
    """The rows for an image: in labels/ beside the nearest images/ above it, as ultralytics finds them. No file tells
    that there is nothing to see, no folder that the labels are elsewhere."""
    beside = f"{os.sep}labels{os.sep}".join(str(image).rsplit(f"{os.sep}images{os.sep}", 1))
    file = Path(beside).with_suffix(".txt")
    if not file.parent.is_dir():
        raise UnreadableData(f"{image}: there is no folder {file.parent} with its labels")
    return [line for line in file.read_text().splitlines() if line.strip()] if file.exists() else []


def _yolo_box(values: Sequence[float], width: int, height: int) -> Box:
    """From a centred box, which a score may follow, or from the corners of a polygon, in parts of the image."""
    if len(values) >= 6 and len(values) % 2 == 0:
        xs, ys = values[::2], values[1::2]
        left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    else:
        x, y, w, h = values[:4]
        left, top, right, bottom = x - w / 2, y - h / 2, x + w / 2, y + h / 2
    return Box(left * width, top * height, (right - left) * width, (bottom - top) * height)


def pictures(
    items: Iterable[tuple[str, Picture, Sequence[Region]]], folder: Path, group: str = "", licence: str = ""
) -> list[Page]:
    """Keeps pictures that came with their regions, from curated layers say, as files in `folder`; see `with_splits`.

    Each has a name of its own, the URI of a canvas say, whose hash names the file: what is marked later moves none.
    `group` is their book too. Raises UnreadableData where no label is known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for name, picture, regions in items:
        path = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.jpg"
        picture.convert("RGB").save(path, quality=92)
        pages.append(Page(path, picture.width, picture.height, tuple(regions), group, licence, group, group))
    return _certain(pages, group)


def _coco_files(folder: Path) -> list[Path]:
    places = [*folder.glob("*.json"), *(folder / "annotations").glob("*.json")]
    return sorted(file for file in places if _has_keys(file, ("images", "categories", "annotations")))


def _has_keys(file: Path, keys: Sequence[str]) -> bool:
    try:
        document = json.loads(file.read_text("utf-8"))
    except ValueError:
        return False
    return isinstance(document, dict) and all(key in document for key in keys)


def _split(stem: str) -> str:
    words = re.findall("[a-z]+", stem.lower())
    return next((SPLITS[word] for word in reversed(words) if word in SPLITS), "train")


def _image(folder: Path, name: str, places: Sequence[Path]) -> Path:
    for place in places:
        if (place / name).is_file():
            return place / name
    raise UnreadableData(f"{folder}: the image {name} is in none of {', '.join(str(p) for p in places)}")


_FORMATS: tuple[tuple[Callable[[Path], bool], Callable[[Path], Iterator[Page]]], ...] = (
    (lambda folder: (folder / "regions.jsonl").is_file(), regions_jsonl),
    (lambda folder: (folder / "data.yaml").is_file(), yolo),
    (lambda folder: bool(_coco_files(folder)), coco),
    (lambda folder: any(folder.glob("*.json")), web_annotations),
)
