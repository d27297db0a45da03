"""Books of our own: the sample, and folders of scans. Resolved in process, never fetched over HTTP.

Their documents name our URLs in the form `local:3/...`, since nothing stored may contain our base URL;
`publish` turns that into `<base>/iiif/3/...` in the finished bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import orjson

from iiif_store.errors import NotFound
from iiif_store.scanned import FULL, LOCAL, Leaf, manifest
from iiif_store.source import source_id
from iiif_store.stores.base import Store

SAMPLE = "local:sample"
SCHEME = LOCAL


def publish(document: bytes, base: str) -> bytes:
    """The same JSON with every `local:` URL under `base`."""
    home = f'"{base}/iiif/'.encode()
    return document.replace(b'"local:3/', home + b"3/").replace(b'"local:image/', home + b"image/")


def public(uri: str, base: str) -> str:
    """The same for one URI."""
    return f"{base}/iiif/{uri.removeprefix(SCHEME)}" if uri.startswith(SCHEME) else uri


@dataclass(frozen=True, slots=True)
class Scan:
    """One picture of the sample; the file lies in the package."""

    image: str
    label: str
    file: Path
    width: int
    height: int


class LocalBooks:
    """The books that live here, by URL: the sample, and the folders of scans that were added."""

    def __init__(self, store: Store | None = None, sample: Path | None = None) -> None:
        """`store`: where folders of scans are; None: there is the sample only."""
        self._store = store
        self._sample = sample or Path(str(files("server"))) / "sample"

    def document(self, url: str) -> bytes:
        """The manifest of a local book as JSON; raises NotFound. Of a folder that is what its scanning made of it."""
        if url == SAMPLE:
            book = self._book()
            leaves = [
                Leaf(str(number), scan.label, scan.image, scan.width, scan.height)
                for number, scan in enumerate(self._scans(book), 1)
            ]
            return orjson.dumps(manifest(source_id(url), book["manifest"], leaves))
        source = self._store.get_source(source_id(url)) if self._store else None
        if self._store is None or source is None or source.deleted:
            raise NotFound(f"There is no local book {url!r}: only {SAMPLE!r}, and what 'glossator add DIR' made.")
        return self._store.get_snapshot(source.snapshot)

    def scan(self, image: str) -> Scan:
        """A picture of the sample by its identifier in the Image API; raises NotFound."""
        for scan in self._scans(self._book()):
            if scan.image == image:
                return scan
        raise NotFound(f"There is no image {image!r} here.")

    def path(self, url: str) -> Path | None:
        """The file behind the URL of a local picture; None for every other URL, and if it is no longer here."""
        prefix, suffix = f"{SCHEME}image/3/", f"/{FULL}"
        if not (url.startswith(prefix) and url.endswith(suffix)):
            return None
        image = url[len(prefix) : -len(suffix)]
        kept = self._store.images.path(image) if self._store else None
        return kept or next((scan.file for scan in self._scans(self._book()) if scan.image == image), None)

    def _book(self) -> dict[str, Any]:
        return cast(dict[str, Any], orjson.loads((self._sample / "sample.json").read_bytes()))

    def _scans(self, book: dict[str, Any]) -> list[Scan]:
        return [
            Scan(Path(page["file"]).stem, page["label"], self._sample / page["file"], page["width"], page["height"])
            for page in book["pages"]
        ]
