"""An image as files (Image API 3.0, level 0): tiles and whole images of some sizes, by libvips."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

TILE = 512
QUALITY = 88


def write(picture: Any, folder: Path, uri: str) -> bytes:
    """Write all files of an image but its info.json, which is returned: it is to be written last, so that it says that
    the others are there. `picture`: a `pyvips.Image` in 8 bit; `uri`: the base URI of the image."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".tiles-") as scratch:
        made = Path(scratch) / folder.name
        picture.dzsave(
            str(made), layout="iiif3", id=uri.rpartition("/")[0], tile_size=TILE, suffix=f".jpg[Q={QUALITY},strip]"
        )
        info = orjson.loads((made / "info.json").read_bytes())
        sizes = [_size(picture, factor) for factor in info["tiles"][0]["scaleFactors"]]
        _whole(picture, made, sizes)
        (made / "info.json").unlink()
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(made, folder)
    info |= {"id": uri, "width": picture.width, "height": picture.height}
    info["sizes"] = [{"width": width, "height": height} for width, height in reversed(sizes)]
    return orjson.dumps(info, option=orjson.OPT_INDENT_2)


def _size(picture: Any, factor: int) -> tuple[int, int]:
    """Of a level of the tiles. OpenSeadragon takes the list of sizes for that of all levels, so it is one."""
    return -(-picture.width // factor), -(-picture.height // factor)


def _whole(picture: Any, folder: Path, sizes: Sequence[tuple[int, int]]) -> None:
    """All of it in each size, the largest also as `max`."""
    for width, height in sizes:
        place = folder / "full" / f"{width},{height}" / "0" / "default.jpg"
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            picture.thumbnail_image(width, height=height, size="force").jpegsave(str(place), Q=QUALITY, strip=True)
    largest = folder / "full" / f"{picture.width},{picture.height}"
    shutil.copytree(largest, folder / "full" / "max")
