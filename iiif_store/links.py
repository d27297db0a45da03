"""The one place that mints our public URLs (design, section 6). Nothing stored contains what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Version = Literal["3", "2"]
SearchVersion = Literal["2", "1"]


@dataclass(frozen=True, slots=True)
class Links:
    """URLs under one base, which may have a path and has no trailing slash."""

    base: str

    def home(self) -> str:
        return f"{self.base}/"

    def collections(self, version: Version = "3", prefix: str = "") -> str:
        """Everything, or the part of it whose ids begin with `prefix`."""
        return f"{self.base}/iiif/{version}/collection{'/' if prefix else ''}{prefix}"

    def collection(self, source: str, version: Version = "3") -> str:
        return f"{self.base}/iiif/{version}/{source}/collection"

    def manifest(self, source: str, version: Version = "3") -> str:
        return f"{self.base}/iiif/{version}/{source}/manifest"

    def page(self, source: str, canvas: str, layer: str, version: Version = "3") -> str:
        return f"{self.base}/iiif/{version}/{source}/{canvas}/{layer}"

    def crops(self, source: str, version: Version = "3") -> str:
        """The manifest of what was found, one canvas for each picture."""
        return f"{self.base}/iiif/{version}/{source}/crops/manifest"

    def crop(self, source: str, annotation: str, version: Version = "3") -> str:
        """Its canvas for one annotation, by the last part of that one's URL."""
        return f"{self.base}/iiif/{version}/{source}/crops/canvas/{annotation}"

    def layer(self, source: str, layer: str, version: Version = "3") -> str:
        return f"{self.base}/iiif/{version}/{source}/layers/{layer}"

    def annotation(self, source: str, canvas: str, revision: str, number: int) -> str:
        """`revision` is cut to 16 characters: enough to find the reading without an index."""
        return f"{self.base}/annotations/{source}/{canvas}-{revision[:16]}-{number}"

    def annotations(self, source: str) -> str:
        return f"{self.base}/annotations/{source}/"

    def written(self, source: str, name: str) -> str:
        """An annotation of a person; or any of the source, by the last segment of its URL."""
        return f"{self.annotations(source)}{name}"

    def annotot(self, source: str) -> str:
        """For annotation editors that speak Annotot."""
        return f"{self.base}/annotot/{source}"

    def contained(
        self, source: str, *, canvas: str | None = None, iris: bool | None = None, page: int | None = None
    ) -> str:
        """A representation of the container: only what is on a canvas, with bare IRIs or whole, one page of it."""
        query = {"canvas": canvas, "iris": None if iris is None else int(iris), "page": page}
        told = "&".join(f"{name}={value}" for name, value in query.items() if value is not None)
        return f"{self.annotations(source)}?{told}" if told else self.annotations(source)

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

    def search(self, source: str | None, version: SearchVersion) -> str:
        """Of a source; None: of all of them."""
        return f"{self.base}/iiif/search/{version}" + (f"/{source}" if source else "")

    def autocomplete(self, source: str | None, version: SearchVersion) -> str:
        return f"{self.search(source, version)}/autocomplete"

    def view(self, source: str, viewer: str = "mirador") -> str:
        return f"{self.base}/view/{source}?viewer={viewer}"

    def opening(self, state: str) -> str:
        """Leads to the place that an encoded content state names."""
        return f"{self.base}/open?iiif-content={state}"

    def download(self, source: str) -> str:
        """Every annotation of a manifest, as one JSON-LD document."""
        return f"{self.base}/api/sources/{source}/annotations"

    def job(self, job: str) -> str:
        return f"{self.base}/api/jobs/{job}"

    def neutral(self, source: str) -> str:
        """A URL of a source whatever the version; it leads to the one that the client asks for."""
        return f"{self.base}/iiif/{source}"

    def activities(self) -> str:
        """The change stream."""
        return f"{self.base}/iiif/activity/collection"

    def activity_page(self, number: int) -> str:
        return f"{self.base}/iiif/activity/page/{number}"

    def activity(self, number: int) -> str:
        """One row of the stream; names it, and leads nowhere."""
        return f"{self.activities()}#{number}"

    def drawn(self, source: str, canvas: str, revision: str, number: int, version: Version = "3") -> str:
        """The image that a finding of a reading drew, as this canvas shows it; named as annotations are."""
        return self.image(f"{source}-{canvas}-{revision[:16]}-{number}", version)


@dataclass(frozen=True, slots=True)
class VariantLinks(Links):
    """The same within a variant: its manifest, canvases, pages, layers and annotations have URLs of their own, the rest
    is where it always is."""

    name: str
    """Of the variant: "colorized"."""
    version: Version = "3"
    """Of all that is named: canvases have one URL in each version, so links in one version stay in it."""

    def manifest(self, source: str, version: Version = "3") -> str:
        return f"{self._variant(source)}/manifest"

    def canvas(self, source: str, canvas: str) -> str:
        return f"{self._variant(source)}/canvas/{canvas}"

    def page(self, source: str, canvas: str, layer: str, version: Version = "3") -> str:
        return f"{self._variant(source)}/{canvas}/{layer}"

    def layer(self, source: str, layer: str, version: Version = "3") -> str:
        return f"{self._variant(source)}/layers/{layer}"

    def annotation(self, source: str, canvas: str, revision: str, number: int) -> str:
        """One URL for both versions, as everywhere."""
        return f"{self.base}/iiif/3/{source}/variants/{self.name}/annotation/{canvas}-{revision[:16]}-{number}"

    @property
    def outside(self) -> Links:
        """Of the same things where they are no variant."""
        return Links(self.base)

    def archive(self, source: str) -> str:
        """All derived images in one zip."""
        return f"{self.base}/iiif/3/{source}/variants/{self.name}.zip"

    def _variant(self, source: str) -> str:
        return f"{self.base}/iiif/{self.version}/{source}/variants/{self.name}"
