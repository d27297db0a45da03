"""A small Image API server: 1.1, 2.1 and 3.0 at level 2, the same with a maxWidth, and files of level 0, as whole sizes
or as tiles."""

from __future__ import annotations

import io
import math
import re
from functools import lru_cache
from typing import Any

from PIL import Image

from .shelf import Page

SERVICES = ("3", "2", "1", "limited-2", "limited-3", "level0-2", "level0-3", "tiles-2", "tiles-3")
_MEDIA = {"jpg": ("JPEG", "image/jpeg"), "png": ("PNG", "image/png"), "webp": ("WEBP", "image/webp")}
_TILE = 256
_FACTORS = (1, 2, 4)
_MAX_WIDTH = 400


class Refused(Exception):
    """A request that this service does not offer; the argument is the status."""


def version(service: str) -> str:
    return service[-1]


def info(service: str, uri: str, page: Page) -> dict[str, Any]:
    """info.json; `uri` is the service's own."""
    size: dict[str, Any] = {"width": page.width, "height": page.height}
    if service == "1":
        context = "http://library.stanford.edu/iiif/image-api/1.1/context.json"
        return {"@context": context, "@id": uri, **size, "profile": f"{context[:-12]}compliance.html#level2"}
    if service.startswith("level0"):
        size["sizes"] = [{"width": w, "height": h} for w, h in whole_sizes(page)]
    if service.startswith("tiles"):
        size["tiles"] = [{"width": _TILE, "scaleFactors": list(_FACTORS)}]
    level = f"level{0 if service.startswith(('level0', 'tiles')) else 2}"
    protocol = {"protocol": "http://iiif.io/api/image"}
    limit = {"maxWidth": _MAX_WIDTH} if service.startswith("limited") else {}
    if version(service) == "3":
        context = "http://iiif.io/api/image/3/context.json"
        size |= limit
        return {"@context": context, "id": uri, "type": "ImageService3", **protocol, "profile": level, **size}
    context = "http://iiif.io/api/image/2/context.json"
    profile = [f"http://iiif.io/api/image/2/{level}.json", limit]
    return {"@context": context, "@id": uri, **protocol, "profile": profile, **size}


def whole_sizes(page: Page) -> list[tuple[int, int]]:
    return [(math.ceil(page.width / n), math.ceil(page.height / n)) for n in (8, 4, 2, 1)]


def picture(service: str, page: Page, region: str, size: str, rotation: str, name: str) -> tuple[bytes, str]:
    """The bytes and their media type."""
    quality, _, suffix = name.partition(".")
    if rotation != "0" or suffix not in _MEDIA or quality != ("native" if service == "1" else "default"):
        raise Refused(400)
    box = _region(region, page)
    wanted = _size(size, box, version(service))
    if service.startswith("limited") and max(wanted) > _MAX_WIDTH:
        raise Refused(400)
    if service.startswith("level0") and not (region == "full" and _as_listed(size, service, page)):
        raise Refused(404)
    if service.startswith("tiles"):
        wanted = _tile(region, box, size, service, page)
    return render(page, box, wanted, suffix), _MEDIA[suffix][1]


def _as_listed(size: str, service: str, page: Page) -> bool:
    """Static files have one name each: `w,` in version 2, `w,h` in version 3."""
    return size in {f"{w}," if version(service) == "2" else f"{w},{h}" for w, h in whole_sizes(page)}


def _tile(region: str, box: tuple[int, int, int, int], size: str, service: str, page: Page) -> tuple[int, int]:
    """Sizes are rounded up, and a tile that shows the whole image is called `full`, as tools that cut tiles do."""
    for factor in _FACTORS:
        step = _TILE * factor
        clipped = min(step, page.width - box[0]), min(step, page.height - box[1])
        tile = math.ceil(clipped[0] / factor), math.ceil(clipped[1] / factor)
        name = f"{tile[0]}," if version(service) == "2" else f"{tile[0]},{tile[1]}"
        on_grid = box[0] % step == 0 and box[1] % step == 0 and box[2:] == clipped
        if on_grid and size == name and (region == "full") == (box == (0, 0, page.width, page.height)):
            return tile
    raise Refused(404)


def _region(text: str, page: Page) -> tuple[int, int, int, int]:
    if text == "full":
        return 0, 0, page.width, page.height
    if not re.fullmatch(r"\d+,\d+,\d+,\d+", text):
        raise Refused(400)
    x, y, width, height = map(int, text.split(","))
    width, height = min(width, page.width - x), min(height, page.height - y)
    if width < 1 or height < 1:
        raise Refused(400)
    return x, y, width, height


def _size(text: str, box: tuple[int, int, int, int], api: str) -> tuple[int, int]:
    width, height = box[2:]
    if text in (("max",) if api == "3" else ("full", "max")):
        return width, height
    found = re.fullmatch(r"(!?)(\d*),(\d*)", text)
    if not found or not (found[2] or found[3]):
        raise Refused(400)
    if found[1]:
        scale = min(int(found[2]) / width, int(found[3]) / height)
        wanted = round(width * scale), round(height * scale)
    else:
        wanted = (
            int(found[2]) if found[2] else round(width * int(found[3]) / height),
            int(found[3]) if found[3] else round(height * int(found[2]) / width),
        )
    too_large = api == "3" and (wanted[0] > width or wanted[1] > height)
    if too_large or min(wanted) < 1 or max(wanted) > 20_000:
        raise Refused(400)
    return wanted


@lru_cache(maxsize=4096)
def render(page: Page, box: tuple[int, int, int, int], size: tuple[int, int], suffix: str) -> bytes:
    """Kept, so that a measurement is not of this server."""
    with Image.open(page.path) as image:
        picture = image.convert("RGB").resize(
            size, Image.Resampling.BICUBIC, (*box[:2], box[0] + box[2], box[1] + box[3])
        )
    out = io.BytesIO()
    picture.save(out, _MEDIA[suffix][0], quality=85)
    return out.getvalue()
