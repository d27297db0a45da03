"""URLs of a static site: each is that of a file, so that any web server or object store can send it."""

from __future__ import annotations

from dataclasses import dataclass

from ..links import Links, Version


@dataclass(frozen=True, slots=True)
class StaticLinks(Links):
    """The base is that of the directory. What has no file of its own is a fragment of one that has."""

    at: str = ""
    """The layer whose annotations are named."""

    def file(self, uri: str) -> str:
        """The path of the file behind one of our URLs."""
        return uri.removeprefix(f"{self.base}/").partition("#")[0]

    def manifest(self, source: str, version: Version = "3") -> str:
        return f"{self.base}/manifest.json" if version == "3" else f"{self.base}/manifest-2.json"

    def page(self, source: str, canvas: str, layer: str, version: Version = "3") -> str:
        return f"{self.base}/pages/{version}/{canvas}/{layer}.json"

    def layer(self, source: str, layer: str, version: Version = "3") -> str:
        return f"{self.base}/layers/{version}/{layer}.json"

    def annotation(self, source: str, canvas: str, revision: str, number: int) -> str:
        return f"{self.page(source, canvas, self.at)}#{revision[:16]}-{number}"

    def annotations(self, source: str) -> str:
        return f"{self.base}/annotations/"

    def written(self, source: str, name: str) -> str:
        return f"{self.base}/annotations/{name}.json"

    def model(self, backend: str, version: str) -> str:
        return f"{self.base}/models/{backend}-{version}.json"

    def run(self, revision: str) -> str:
        return f"{self.base}/runs/{revision}.json"

    def context(self) -> str:
        return f"{self.base}/context.json"

    def image(self, image: str, version: Version = "3") -> str:
        return f"{self.base}/images/{image}"

    def view(self, source: str, viewer: str = "mirador") -> str:
        return self.home()

    def opening(self, state: str) -> str:
        return f"{self.base}/index.html?iiif-content={state}"

    def download(self, source: str) -> str:
        return f"{self.base}/annotations.jsonld"
