"""Resources of our own: the sample, later folders of scans. Resolved in process, never fetched over HTTP.

Their documents name our URLs in the form `local:3/...`, since nothing stored may contain our base URL;
`publish` turns that into `<base>/iiif/3/...` in the finished bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import orjson
from PIL import Image
from werkzeug.exceptions import BadRequest

from iiif_store.errors import NotFound
from iiif_store.source import source_id

SAMPLE = "local:sample"
SCHEME = "local:"
FULL = "full/max/0/default.jpg"
_SIZE = re.compile(r"([0-9]{1,5}),([0-9]{1,5})?")


def publish(document: bytes, base: str) -> bytes:
    """The same JSON with every `local:` URL under `base`."""
    return document.replace(b'"local:', f'"{base}/iiif/'.encode())


def public(uri: str, base: str) -> str:
    """The same for one URI."""
    return f"{base}/iiif/{uri.removeprefix(SCHEME)}" if uri.startswith(SCHEME) else uri


@dataclass(frozen=True, slots=True)
class Scan:
    """One picture of a local book; the file lies in the package or the data directory."""

    image: str
    label: str
    file: Path
    width: int
    height: int


class LocalBooks:
    """The books that live here, by URL."""

    def __init__(self, sample: Path | None = None) -> None:
        self._sample = sample or Path(str(files("server"))) / "sample"

    def document(self, url: str) -> bytes:
        """The manifest of a local book as JSON; raises NotFound."""
        book = self._book(url)
        source = source_id(url)
        return orjson.dumps(
            {
                "@context": "http://iiif.io/api/presentation/3/context.json",
                "id": f"{SCHEME}3/{source}/original",
                "type": "Manifest",
                **book["manifest"],
                "items": [_canvas(source, n, scan) for n, scan in enumerate(self._scans(book), 1)],
            }
        )

    def scan(self, image: str) -> Scan:
        """A picture by its identifier in the Image API; raises NotFound."""
        for scan in self._scans(self._book(SAMPLE)):
            if scan.image == image:
                return scan
        raise NotFound(f"There is no image {image!r} here.")

    def path(self, url: str) -> Path | None:
        """The file behind the URL of a local picture; None for every other URL."""
        prefix, suffix = f"{SCHEME}image/3/", f"/{FULL}"
        if not (url.startswith(prefix) and url.endswith(suffix)):
            return None
        return self.scan(url[len(prefix) : -len(suffix)]).file

    def _book(self, url: str) -> dict[str, Any]:
        if url != SAMPLE:
            raise NotFound(f"There is no local book {url!r}; the sample is {SAMPLE!r}.")
        return cast(dict[str, Any], orjson.loads((self._sample / "sample.json").read_bytes()))

    def _scans(self, book: dict[str, Any]) -> list[Scan]:
        return [
            Scan(Path(page["file"]).stem, page["label"], self._sample / page["file"], page["width"], page["height"])
            for page in book["pages"]
        ]


def _canvas(source: str, number: int, scan: Scan) -> dict[str, Any]:
    canvas = f"{SCHEME}3/{source}/canvas/{number}"
    service = f"{SCHEME}image/3/{scan.image}"
    size = {"width": scan.width, "height": scan.height}
    body = {
        "id": f"{service}/{FULL}",
        "type": "Image",
        "format": "image/jpeg",
        **size,
        "service": [{"id": service, "type": "ImageService3", "profile": "level0"}],
    }
    painting = {"id": f"{canvas}/painting", "type": "Annotation", "motivation": "painting", "body": body}
    page = {"id": f"{canvas}/page", "type": "AnnotationPage", "items": [{**painting, "target": canvas}]}
    return {"id": canvas, "type": "Canvas", "label": {"none": [scan.label]}, **size, "items": [page]}


def level0_info(scan: Scan, base: str) -> dict[str, Any]:
    """info.json of a local picture (Image API 3.0, section 5): whole, at any width. Not `sizeByWh`, which would promise
    distorted sizes too, and for which OpenSeadragon asks for tiles."""
    return {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": f"{base}/iiif/image/3/{scan.image}",
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level0",
        "width": scan.width,
        "height": scan.height,
        "sizes": [{"width": width, "height": height_of(scan, width)} for width in widths(scan)],
        "extraFeatures": ["sizeByW"],
    }


def widths(scan: Scan) -> list[int]:
    """The widths that viewers are told of, rising to the full one."""
    return [scan.width // factor for factor in (8, 4, 2, 1)]


def height_of(scan: Scan, width: int) -> int:
    """The height that keeps the ratio."""
    return max(1, round(scan.height * width / scan.width))


def size_of(scan: Scan, size: str) -> tuple[int, int]:
    """Width and height that the size parameter of the Image API (4.2) asks for; raises BadRequest."""
    if size == "max":
        return scan.width, scan.height
    asked = _SIZE.fullmatch(size)
    width = int(asked[1]) if asked else 0
    if asked is None or not 0 < width <= scan.width:
        raise BadRequest(
            f"{size!r} is no size that {scan.image} has: 'max', or a width up to {scan.width} and a comma."
        )
    height = height_of(scan, width)
    if asked[2] and abs(int(asked[2]) - height) > 1:
        raise BadRequest(f"{size!r} would distort {scan.image}; at that width it is {height} high.")
    return width, height


def reduced(scan: Scan, size: tuple[int, int]) -> BytesIO:
    """The picture as JPEG at a smaller size, ready to be read."""
    body = BytesIO()
    with Image.open(scan.file) as picture:
        picture.draft("RGB", size)
        picture.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(body, "JPEG", quality=85)
    body.seek(0)
    return body
