"""The one place that mints our public URLs (design, section 6). Nothing stored contains what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Version = Literal["3", "2"]


@dataclass(frozen=True, slots=True)
class Links:
    """URLs under one base, which may have a path and has no trailing slash."""

    base: str

    def home(self) -> str:
        return f"{self.base}/"

    def collections(self, version: Version = "3") -> str:
        return f"{self.base}/iiif/{version}/collection"

    def collection(self, source: str, version: Version = "3") -> str:
        return f"{self.base}/iiif/{version}/{source}/collection"

    def manifest(self, source: str, version: Version = "3") -> str:
        return f"{self.base}/iiif/{version}/{source}/manifest"

    def page(self, source: str, canvas: str, layer: str, version: Version = "3") -> str:
        return f"{self.base}/iiif/{version}/{source}/{canvas}/{layer}"

    def layer(self, source: str, layer: str, version: Version = "3") -> str:
        return f"{self.base}/iiif/{version}/{source}/layers/{layer}"

    def annotation(self, source: str, canvas: str, revision: str, number: int) -> str:
        """`revision` is cut to 16 characters: enough to find the reading without an index."""
        return f"{self.base}/annotations/{source}/{canvas}-{revision[:16]}-{number}"

    def annotations(self, source: str) -> str:
        return f"{self.base}/annotations/{source}/"

    def model(self, backend: str, version: str) -> str:
        return f"{self.base}/models/{backend}/{version}"

    def run(self, revision: str) -> str:
        return f"{self.base}/runs/{revision}"

    def context(self) -> str:
        return f"{self.base}/ns/glossator/1/context.json"

    def software(self) -> str:
        return f"{self.base}/#glossator"

    def image(self, image: str, version: Version = "3") -> str:
        return f"{self.base}/iiif/image/{version}/{image}"

    def view(self, source: str, viewer: str = "mirador") -> str:
        return f"{self.base}/view/{source}?viewer={viewer}"

    def download(self, source: str) -> str:
        """Every annotation of a manifest, as one JSON-LD document."""
        return f"{self.base}/api/sources/{source}/annotations"

    def job(self, job: str) -> str:
        return f"{self.base}/api/jobs/{job}"
