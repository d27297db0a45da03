"""info.json of an image, version 3.0 and 2.1 (section 5 of both): level 2, and every extra that works and no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from iiif_store.image_api.request import Limits
from iiif_store.links import Version

PROTOCOL = "http://iiif.io/api/image"
CONTEXTS: dict[Version, str] = {v: f"{PROTOCOL}/{v}/context.json" for v in ("3", "2")}
LEVELS: dict[Version, str] = {v: f"{PROTOCOL}/{v}/level2.json" for v in ("3", "2")}
"""The URIs of the profile, for `Link` headers, and in version 2 for the document."""

_FORMATS = ["webp"]
_ALWAYS = ["canonicalLinkHeader", "mirroring", "profileLinkHeader", "rotationArbitrary"]
_EXTRAS: dict[Version, list[str]] = {
    "3": sorted([*_ALWAYS, "sizeUpscaling"]),
    "2": sorted([*_ALWAYS, "regionSquare", "sizeAboveFull"]),
}
"""Beyond what level 2 has anyhow."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the pyramid and our limits make possible."""

    width: int
    height: int
    tile: int
    levels: int
    limits: Limits
    is_grey: bool

    @property
    def sizes(self) -> list[dict[str, int]]:
        """Of the levels, rising; the height is that which `w,` leads to, so that both ways of asking agree."""
        widths = {max(1, self.width >> level): None for level in reversed(range(self.levels))}
        sides = ((width, -(-self.height * width // self.width)) for width in widths)
        return [{"width": width, "height": height} for width, height in sides if self.limits.allow(width, height)]

    @property
    def tiles(self) -> list[dict[str, Any]]:
        return [{"width": self.tile, "scaleFactors": [1 << level for level in range(self.levels)]}]

    @property
    def qualities(self) -> list[str]:
        """Beyond `default`. A grey image answers `color` too, without telling that it has some (section 4.4)."""
        return ["bitonal", "gray"] if self.is_grey else ["bitonal", "color", "gray"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a publisher says of the image."""

    rights: str | None = None
    attribution: str | None = None
    see_also: Sequence[dict[str, Any]] = ()
    part_of: Sequence[dict[str, Any]] = ()


def document(version: Version, uri: str, shape: Shape, terms: Terms) -> dict[str, Any]:
    """The document; `uri` is the base URI that was called, without a slash at its end."""
    found = _three(uri, shape, terms) if version == "3" else _two(uri, shape, terms)
    return {name: value for name, value in found.items() if value}


def _three(uri: str, shape: Shape, terms: Terms) -> dict[str, Any]:
    return {
        "@context": CONTEXTS["3"],
        "id": uri,
        "type": "ImageService3",
        "protocol": PROTOCOL,
        "profile": "level2",
        "width": shape.width,
        "height": shape.height,
        **_limits(shape.limits),
        "sizes": shape.sizes,
        "tiles": shape.tiles,
        "rights": terms.rights,
        "extraFormats": _FORMATS,
        "extraQualities": shape.qualities,
        "extraFeatures": _EXTRAS["3"],
        "partOf": list(terms.part_of),
        "seeAlso": list(terms.see_also),
    }


def _two(uri: str, shape: Shape, terms: Terms) -> dict[str, Any]:
    extras = {"formats": _FORMATS, "qualities": shape.qualities, **_limits(shape.limits), "supports": _EXTRAS["2"]}
    return {
        "@context": CONTEXTS["2"],
        "@id": uri,
        "@type": "iiif:Image",
        "protocol": PROTOCOL,
        "profile": [LEVELS["2"], extras],
        "width": shape.width,
        "height": shape.height,
        "sizes": shape.sizes,
        "tiles": shape.tiles,
        "attribution": terms.attribution,
        "license": terms.rights,
    }


def _limits(limits: Limits) -> dict[str, int]:
    return {"maxWidth": limits.width, "maxHeight": limits.height, "maxArea": limits.area}
