"""Annotated pages from the formats people have: regions.jsonl, COCO, YOLO, Web Annotations, or pictures in memory."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from PIL import Image
from PIL.Image import Image as Picture

from ml_backends.training.pages import ALIASES, LABELS, Page, Region
from ml_backends.training.web_annotations import web_annotations
from ml_backends.types import Box

IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")


class UnreadableData(ValueError):
    """Training data that cannot be used. The text names the file and what to change."""


def read(folder: Path) -> list[Page]:
    """The annotated pages in `folder`, whatever their format; every page has a split. Raises UnreadableData."""
    for applies, reader in _FORMATS:
        if applies(folder):
            pages = [_known(page) for page in reader(folder)]
            break
    else:
        raise UnreadableData(f"{folder} holds no regions.jsonl, no COCO *.json, no data.yaml and no annotation page")
    if not pages:
        raise UnreadableData(f"{folder} describes no page whose image is there")
    return pages if any(page.split != "train" for page in pages) else with_splits(pages)


def _known(page: Page) -> Page:
    """The page with labels of our vocabulary; regions of other labels are left out."""
    renamed = (replace(r, label=ALIASES.get(r.label.lower(), r.label.lower())) for r in page.regions)
    usable = (r for r in renamed if r.label in LABELS and r.box.width > 0 and r.box.height > 0)
    return replace(page, regions=tuple(usable))


def with_splits(pages: Sequence[Page], val: int = 10, test: int = 10) -> list[Page]:
    """Puts about `val` and `test` percent of the pages aside, always the same; whole books where those are known."""
    books = {page.book for page in pages}

    def split(page: Page) -> str:
        key = page.book if len(books) > 4 else page.path.name
        percent = int(hashlib.sha256(key.encode()).hexdigest(), 16) % 100
        return "val" if percent < val else "test" if percent < val + test else "train"

    return [replace(page, split=split(page)) for page in pages]


def regions_jsonl(folder: Path) -> Iterator[Page]:
    """The pages of `folder`/regions.jsonl, one JSON object a line: image, width, height, regions [{class, xywh}]."""
    file = folder / "regions.jsonl"
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            yield _page_of_row(folder, json.loads(line))
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableData(f"{file}, line {number}: {type(error).__name__} {error}") from error


def _page_of_row(folder: Path, row: Mapping[str, Any]) -> Page:
    regions = tuple(Region(r["class"], Box(*r["xywh"])) for r in row["regions"])
    about = {"group": row.get("set", ""), "split": row.get("split", "train")}
    about |= {key: row.get(key, "") for key in ("source", "licence", "book")}
    return Page(folder / row["image"], row["width"], row["height"], regions, **about)


def coco(folder: Path) -> Iterator[Page]:
    """The pages of a COCO instances file: `folder`/*.json, images beside it, in images/ or in a folder of its name."""
    for file in _coco_files(folder):
        document = json.loads(file.read_text("utf-8"))
        names = {category["id"]: category["name"] for category in document["categories"]}
        regions: dict[Any, list[Region]] = defaultdict(list)
        for mark in document.get("annotations", []):
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
    for split in ("train", "val", "test"):
        places = description.get(split) or []
        for place in [places] if isinstance(places, str) else places:
            for path in sorted(p for p in (folder / place).rglob("*") if p.suffix.lower() in IMAGES):
                yield _yolo_page(path, names, split)


def _yolo_page(path: Path, names: Any, split: str) -> Page:
    with Image.open(path) as image:
        width, height = image.size
    label_file = Path(str(path.parent).replace("images", "labels", 1)) / f"{path.stem}.txt"
    regions = []
    for line in label_file.read_text().splitlines() if label_file.exists() else []:
        number, *values = line.split()
        x, y, w, h = (float(v) * size for v, size in zip(values[:4], (width, height) * 2, strict=True))
        regions.append(Region(names[int(number)], Box(x - w / 2, y - h / 2, w, h)))
    return Page(path, width, height, tuple(regions), split=split)


def pictures(
    items: Iterable[tuple[Picture, Sequence[Region]]], folder: Path, group: str = "", licence: str = ""
) -> list[Page]:
    """Keeps pictures that came with their regions, from curated layers say, as files in `folder`; splits them."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for number, (picture, regions) in enumerate(items):
        path = folder / f"{number:06}.jpg"
        picture.convert("RGB").save(path, quality=92)
        pages.append(Page(path, picture.width, picture.height, tuple(regions), group, licence, group))
    return with_splits([_known(page) for page in pages])


def _coco_files(folder: Path) -> list[Path]:
    places = [*folder.glob("*.json"), *(folder / "annotations").glob("*.json")]
    return sorted(file for file in places if _has_keys(file, ("images", "categories")))


def _has_keys(file: Path, keys: Sequence[str]) -> bool:
    try:
        document = json.loads(file.read_text("utf-8"))
    except ValueError:
        return False
    return isinstance(document, dict) and all(key in document for key in keys)


def _split(stem: str) -> str:
    return next((split for split in ("test", "val") if split in stem.lower()), "train")


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
