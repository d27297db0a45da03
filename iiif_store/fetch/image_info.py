"""info.json of any Image API version, as far as it says which requests will be answered (Image API 1.1, 2.1, 3.0)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ..errors import FetchFailed, PictureRefused
from ..image_service import ImageService, ServiceVersion, Tiles, image_service
from ..shape import JSON, identifier, listed, objects, whole

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image service's description of itself. Its size is a claim until a picture was delivered."""

    id: str
    """As it was asked for, without a slash at its end."""
    version: ServiceVersion
    width: int
    height: int
    any_size: bool
    any_region: bool
    sizes: tuple[Size, ...] = ()
    tiles: tuple[Tiles, ...] = ()
    max_width: int | None = None
    max_height: int | None = None
    max_area: int | None = None

    @property
    def size(self) -> Size:
        return self.width, self.height


def parse_info(document: object, service: ImageService, url: str) -> ImageInfo:
    """Raises PictureRefused if another service describes itself: a degraded tier (specs 1.4), not what was asked for;
    FetchFailed if it is no info.json."""
    if not isinstance(document, dict):
        raise _broken(url, "it is not a JSON object")
    said = identifier(document)
    if said is not None and not same_service(said, service.id):
        raise PictureRefused(
            f"{url} describes another service, {said}: what was asked for needs a login or has moved. "
            "The picture is not read, since it may be a degraded one."
        )
    # A description without a context or an id (1.0) is read as the manifest announced it.
    described = image_service({"service": [{**document, "id": service.id}]}) or service
    width, height = whole(document.get("width")), whole(document.get("height"))
    if width is None or height is None:
        raise _broken(url, "width and height are missing")
    return _info(document, service, described, (width, height))


def _info(document: JSON, service: ImageService, described: ImageService, size: Size) -> ImageInfo:
    level = described.level if described.level is not None else service.level
    details: JSON = {key: value for entry in objects(document.get("profile")) for key, value in entry.items()}
    features = {str(name) for name in listed(details.get("supports")) + listed(document.get("extraFeatures"))}
    limits = document if "maxWidth" in document or "maxArea" in document else details
    return ImageInfo(
        service.id.rstrip("/"),
        described.version,
        *size,
        any_size=level != 0 or "sizeByW" in features,
        any_region=level != 0 or "regionByPx" in features,
        sizes=described.sizes,
        tiles=described.tiles,
        max_width=whole(limits.get("maxWidth")),
        max_height=whole(limits.get("maxHeight")) or whole(limits.get("maxWidth")),
        max_area=whole(limits.get("maxArea")),
    )


def same_service(one: str, other: str) -> bool:
    """Whether two service URIs differ in nothing but scheme, escaping, letter case of the host or a final slash."""
    return _normal(one) == _normal(other)


def _normal(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri.strip())
    host = re.sub(r":(80|443)$", "", parts.netloc.lower())
    return host, unquote(parts.path).removesuffix("/info.json").rstrip("/")


def _broken(url: str, why: str) -> FetchFailed:
    return FetchFailed(f"{url} is not an info.json of the IIIF Image API: {why}. Tell its publisher.", url=url)
