"""Annotated pages from the formats people have: regions.jsonl, COCO, YOLO, Web Annotations, or pictures in memory."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from PIL.Image import Image as Picture

from ml_backends.preprocess import rgb
from ml_backends.training.formats import coco, regions_jsonl, web_annotations, yolo
from ml_backends.training.formats.rows import json_files
from ml_backends.training.pages import ALIASES, LABELS, Page, Region, UnreadableData, known_as

log = logging.getLogger("glossator.training")


def read(folder: Path, *, divided: bool = True) -> list[Page]:
    """The annotated pages in `folder`, whatever their format; every page has a split. Raises UnreadableData.

    Labels that are not known here are left out, and the pages that they make doubtful; both are told in the log.
    Where the data declare no part to validate on, one is put aside, and one to test on where they declare no part at
    all. Without `divided` the pages stay in the parts that are declared, and in "train" where none is.
    """
    folder = folder.resolve()  # of "." there is no name to find, and no images/ to find labels/ beside
    for applies, reader in _FORMATS:
        if applies(folder):
            pages = _certain(list(reader(folder)), str(folder))
            break
    else:
        raise UnreadableData(f"{folder} holds no regions.jsonl, no COCO *.json, no data.yaml and no annotation page")
    if not pages:
        raise UnreadableData(f"{folder} describes no page whose image is there")
    return _divided(pages) if divided else pages


def _divided(pages: Sequence[Page]) -> list[Page]:
    """With pages to validate on. Pages to test on stay that."""
    parts = {page.split for page in pages}
    if parts == {"train"}:
        return with_splits(pages)
    if parts == {"train", "test"}:
        tests = [page for page in pages if page.split == "test"]
        return [*with_splits([page for page in pages if page.split == "train"], test=0), *tests]
    return list(pages)


def _certain(pages: Sequence[Page], where: str) -> list[Page]:
    """The pages with labels of our vocabulary. What else is marked may be a picture under another name: a page with
    such a mark and without a picture does not tell that there is none, and is left out."""
    kept, strange = [], Counter[str]()
    for page in pages:
        regions = [replace(region, label=known_as(region.label)) for region in page.regions]
        # a tag and a concept with one name are two bodies of one mark
        known = replace(page, regions=tuple(dict.fromkeys(region for region in regions if _usable(region))))
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
        rgb(picture).save(path, quality=92)
        pages.append(Page(path, picture.width, picture.height, tuple(regions), group, licence, group, group))
    return _certain(pages, group)


_FORMATS: tuple[tuple[Callable[[Path], bool], Callable[[Path], Iterator[Page]]], ...] = (
    (lambda folder: (folder / regions_jsonl.FILE).is_file(), regions_jsonl.regions_jsonl),
    (lambda folder: (folder / yolo.FILE).is_file(), yolo.yolo),
    (lambda folder: any(True for _ in coco.documents(folder)), coco.coco),
    (lambda folder: bool(json_files(folder)), web_annotations.web_annotations),
)
