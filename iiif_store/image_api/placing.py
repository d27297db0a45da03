"""What a request means for one image: which pixels, at what size, and the canonical form of the path."""

from __future__ import annotations

import math
from fractions import Fraction

from iiif_store.image_api.request import BadImageRequest, Box, ImageRequest, Limits, Quality, Region, Rendering, Size

CORNERS = 3
"""Times the area of the limits that a picture with the corners around it may have once it is turned. `max` has to work
at every angle (section 4.3): at 45 degrees a square takes 2 times its area, a picture of 1 to 3 takes 2.7 times."""


def place(request: ImageRequest, width: int, height: int, limits: Limits, *, grey: bool = False) -> Rendering:
    """The request for an image of that size; raises BadImageRequest. `grey`: the image has no colour."""
    box = region_of(request.region, width, height)
    size = size_of(request.size, box[2], box[3], limits)
    _check_turned(*size, request.degrees, limits)
    whole = box == (0, 0, width, height)
    quality = _plain(request.quality, grey)
    region = "full" if whole else ",".join(map(str, box))
    turn = ("!" if request.mirrored else "") + decimal(request.degrees)
    canonical = f"{region}/{_canonical_size(request, box, size, limits)}/{turn}/{quality}.{request.format}"
    return Rendering(box, *size, request.mirrored, request.degrees, quality, request.format, canonical, whole)


def region_of(region: Region, width: int, height: int) -> Box:
    """The pixels of a region, cut at the edges of the image (section 4.1)."""
    if region.kind == "full":
        return 0, 0, width, height
    if region.kind == "square":
        side = min(width, height)
        return (width - side) // 2, (height - side) // 2, side, side
    left, top, wide, high = region.box
    if region.kind == "percent":
        sides = (width, height, width, height)
        left, top, wide, high = (round(part * side / 100) for part, side in zip(region.percent, sides, strict=True))
    wide, high = min(wide, width - left), min(high, height - top)
    if wide <= 0 or high <= 0:
        raise BadImageRequest(f"The region has no pixels of the image, which is {width} x {height}.")
    return left, top, wide, high


def size_of(size: Size, width: int, height: int, limits: Limits) -> tuple[int, int]:
    """Width and height of the answer for a region of `width` x `height` (section 4.2)."""
    if size.kind == "max":
        return largest(width, height, limits, up=size.up)
    if size.kind == "within":
        return _within(size, width, height, limits)
    wide, high = _asked(size, width, height)
    if wide < 1 or high < 1:
        raise BadImageRequest("The answer would have no pixels; ask for a larger size.")
    if not size.up and (wide > width or high > height):
        raise BadImageRequest(f"The region is {width} x {height}; only a size that begins with ^ may be larger.")
    if not limits.allow(wide, high):
        raise BadImageRequest(
            f"The answer would have {wide} x {high} pixels; the most are {limits.width} x {limits.height}"
            f" and {limits.area} in all. 'max' gives the largest size."
        )
    return wide, high


def _asked(size: Size, width: int, height: int) -> tuple[int, int]:
    """Rounded up where the ratio gives fractions, as the implementation notes say for tiles (section 3)."""
    if size.kind == "whole":
        return width, height
    if size.kind == "percent":
        return math.ceil(width * size.percent / 100), math.ceil(height * size.percent / 100)
    return size.width or _up(size.height * width, height), size.height or _up(size.width * height, width)


def _within(size: Size, width: int, height: int, limits: Limits) -> tuple[int, int]:
    """As large as the region (unless `up`), the box and the limits allow; the ratio is kept."""
    box = Limits(min(size.width, limits.width), min(size.height, limits.height), limits.area)
    return largest(width, height, box, up=size.up)


def largest(width: int, height: int, limits: Limits, *, up: bool = False) -> tuple[int, int]:
    """The largest size of this ratio within limits; not larger than itself unless `up`."""
    if limits.allow(width, height) and not up:
        return width, height
    if limits.width * height <= limits.height * width:
        wide, high = limits.width, min(_up(limits.width * height, width), limits.height)
    else:
        wide, high = min(_up(limits.height * width, height), limits.width), limits.height
    if wide * high > limits.area:
        wide = max(1, math.isqrt(limits.area * width // height))
        high = max(1, min(limits.area // wide, wide * height // width))
    return wide, high


def _check_turned(width: int, height: int, degrees: Fraction, limits: Limits) -> None:
    """A long strip at a skew angle is nearly all corners."""
    angle = math.radians(float(degrees))
    across, along = abs(math.cos(angle)), abs(math.sin(angle))
    if (width * across + height * along) * (width * along + height * across) > CORNERS * limits.area:
        raise BadImageRequest(
            f"{width} x {height} pixels, turned by {decimal(degrees)} degrees, would lie in a picture of more than"
            f" {CORNERS * limits.area} pixels. Ask for a smaller size, or turn by a right angle."
        )


def _up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)


def _plain(quality: Quality, grey: bool) -> Quality:
    """`default` for the quality that it stands for."""
    return "default" if quality == ("gray" if grey else "color") else quality


def _canonical_size(request: ImageRequest, box: Box, size: tuple[int, int], limits: Limits) -> str:
    width, height = box[2:]
    pair = f"{size[0]},{size[1]}"
    if request.version == "2":
        if size == (width, height):
            return "full"
        return f"{size[0]}," if size[1] == _up(size[0] * height, width) else pair
    if size == largest(width, height, limits):
        return "max"
    if size[0] <= width and size[1] <= height:
        return pair
    return "^max" if size == largest(width, height, limits, up=True) else f"^{pair}"


def decimal(number: Fraction) -> str:
    """Without a sign, an exponent or zeros at the end (section 4.7); nine digits after the point."""
    if number.denominator == 1:
        return str(number.numerator)
    whole, rest = divmod(number, 1)
    digits = f"{int(rest * 10**9):09d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
