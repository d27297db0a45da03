"""Which URLs bring a region of an image at the wanted size: as few pixels as will do, none the service lacks."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import FetchFailed
from ..image_service import ImageService, ServiceVersion, Tiles
from .image_info import ImageInfo, Size

Region = tuple[int, int, int, int]
"""x, y, width, height in pixels of the full image."""

_MOST_TILES = 400


@dataclass(frozen=True, slots=True)
class Part:
    """One picture to ask for: the region that it shows, and its URL in each spelling that static files may use."""

    region: Region
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """One part, or the tiles of a grid that cover the region when each is reduced by `factor`."""

    parts: tuple[Part, ...]
    factor: int = 1


def sized(service: ImageService, full: Size, region: Region, edge: int) -> Part:
    """For a service of level 1 or better. `w,` is understood in every version, and unlike `w,h` it cannot distort: if
    the size we were told is wrong, the delivered one shows it."""
    width = _width(region, min(1.0, edge / max(region[2:])))
    return Part(region, (_url(service.id, service.version, _region(region, full), f"{width},"),))


def plan(info: ImageInfo, region: Region, edge: int) -> Plan:
    """The cheapest way to at least `edge` pixels on the longer side of the region, or to as many as there are."""
    full = info.size
    if info.any_size:
        return Plan((_limited(info, region if info.any_region else (0, 0, *full), region, edge),))
    scale = min(1.0, edge / max(region[2:]))
    offered = sorted(size for size in info.sizes if _like(size, full))
    enough = [size for size in offered if size[0] >= full[0] * scale * 0.98]
    if enough:
        return Plan((_listed(info, enough[0]),))
    if info.tiles:
        return _tiled(info, info.tiles[0], region, scale)
    if offered:
        return Plan((_listed(info, offered[-1]),))
    return Plan((Part((0, 0, *full), tuple(_url(info.id, info.version, "full", word) for word in _whole(info))),))


def _limited(info: ImageInfo, asked: Region, region: Region, edge: int) -> Part:
    """Within maxWidth, maxHeight and maxArea."""
    width, height = asked[2:]
    scale = min(1.0, edge / max(region[2:]), (info.max_width or width) / width, (info.max_height or height) / height)
    if info.max_area:
        scale = min(scale, math.sqrt(info.max_area / (width * height)))
    size = _width(asked, scale)
    spellings = (f"{size},", f"{size},{max(1, round(size * height / width))}")
    where = _region(asked, info.size)
    return Part(asked, tuple(_url(info.id, info.version, where, spelling) for spelling in spellings))


def _listed(info: ImageInfo, size: Size) -> Part:
    """One of the `sizes` of a level 0 service; their file names differ between the tools that made them."""
    spellings = [f"{size[0]},{size[1]}", f"{size[0]},"]
    if info.version != "3":
        spellings.reverse()
    if size == info.size:
        spellings.extend(_whole(info))
    region = (0, 0, *info.size)
    return Part(region, tuple(_url(info.id, info.version, "full", spelling) for spelling in spellings))


def _tiled(info: ImageInfo, tiles: Tiles, region: Region, scale: float) -> Plan:
    factor = max((factor for factor in tiles.scale_factors if factor * scale <= 1.02), default=min(tiles.scale_factors))
    step_x, step_y = tiles.width * factor, tiles.height * factor
    columns = range(region[0] // step_x * step_x, region[0] + region[2], step_x)
    rows = range(region[1] // step_y * step_y, region[1] + region[3], step_y)
    if len(columns) * len(rows) > _MOST_TILES:
        text = f"{info.id} would take {len(columns) * len(rows)} tiles of {tiles.width} px: it offers no larger pieces."
        raise FetchFailed(text, url=info.id)
    return Plan(tuple(_tile(info, x, y, (step_x, step_y), factor) for y in rows for x in columns), factor)


def _tile(info: ImageInfo, x: int, y: int, step: Size, factor: int) -> Part:
    """Clipped at the right and bottom edge, sizes rounded up (Image API 3.0 implementation notes, section 3)."""
    width, height = min(step[0], info.width - x), min(step[1], info.height - y)
    size = math.ceil(width / factor), math.ceil(height / factor)
    spellings = [f"{size[0]},{size[1]}", f"{size[0]},"]
    if info.version != "3":
        spellings.reverse()
    region = (x, y, width, height)
    names = dict.fromkeys((_region(region, info.size), f"{x},{y},{width},{height}"))
    return Part(region, tuple(_url(info.id, info.version, name, word) for name in names for word in spellings))


def _url(service: str, version: ServiceVersion, region: str, size: str) -> str:
    return f"{service.rstrip('/')}/{region}/{size}/0/{'native' if version == '1' else 'default'}.jpg"


def _region(region: Region, full: Size) -> str:
    return "full" if region == (0, 0, *full) else ",".join(str(number) for number in region)


def _width(region: Region, scale: float) -> int:
    """Rounded down, so that the height that follows from it stays within the wanted edge too."""
    return max(1, math.floor(region[2] * scale + 1e-6))


def _whole(info: ImageInfo) -> tuple[str, ...]:
    return ("max", "full") if info.version == "3" else ("full", "max")


def _like(size: Size, full: Size) -> bool:
    return abs(size[0] * full[1] - size[1] * full[0]) <= 0.02 * size[0] * full[1] + 2 * max(full)
