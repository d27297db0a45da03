"""The formats of export, by name. A module is imported when somebody asks for its format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from ..errors import GlossatorError
from .archive import Entries, zipped
from .published import Options, Published

ZIP = "application/zip"


class UnknownFormat(GlossatorError, LookupError):
    """There is no format of that name."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format with its name for people, and where it is written: `module:function` of this package."""

    title: str
    suffix: str
    media: str
    written: str
    pictures: bool = False
    """Whether it fetches pictures, whose bytes nobody here can foretell."""

    @property
    def is_folder(self) -> bool:
        """Whether it is many files, which are sent as a zip."""
        return self.media == ZIP

    def entries(self, book: Published, options: Options) -> Entries:
        """The files of a format that is many."""
        return cast(Callable[[Published, Options], Entries], self._function())(book, options)

    def stream(self, book: Published, options: Options) -> Iterator[bytes]:
        """The whole, in pieces; of a folder a zip."""
        if self.is_folder:
            return zipped(self.entries(book, options))
        return iter(cast(Callable[[Published, Options], Iterable[bytes]], self._function())(book, options))

    def _function(self) -> object:
        module, _, name = self.written.partition(":")
        return getattr(import_module(f"{__package__}.{module}"), name)


FORMATS: Mapping[str, Format] = {
    "w3c": Format("Web Annotations, one document", "jsonld", "application/ld+json", "web_annotation:document"),
    "jsonl": Format("Web Annotations, one a line", "jsonl", "application/jsonl", "web_annotation:lines"),
    "pages": Format("Web Annotations, one file for each canvas and layer", "pages.zip", ZIP, "web_annotation:folder"),
    "coco": Format("COCO", "coco.json", "application/json", "coco:document"),
    "yolo": Format("YOLO data set with images", "yolo.zip", ZIP, "yolo:folder", pictures=True),
    "csv": Format("CSV", "csv", "text/csv; charset=utf-8; header=present", "table:lines"),
    "parquet": Format("Parquet", "parquet", "application/vnd.apache.parquet", "parquet:document"),
    "crops": Format("Crops", "crops.zip", ZIP, "crops:folder", pictures=True),
    "hocr": Format("hOCR", "hocr.html", "text/html; charset=utf-8", "hocr:document"),
    "alto": Format("ALTO 4", "alto.zip", ZIP, "alto:folder"),
    "page": Format("PAGE XML", "page.zip", ZIP, "page_xml:folder"),
    "text": Format("Plain text", "txt", "text/plain; charset=utf-8", "text:lines"),
    "tei": Format("TEI facsimile", "tei.xml", "application/tei+xml", "tei:document"),
    "rocrate": Format("RO-Crate", "crate.zip", ZIP, "rocrate:folder"),
}


def format_of(name: str) -> Format:
    """Raises UnknownFormat."""
    if name not in FORMATS:
        raise UnknownFormat(f"There is no format {name!r}. There are {', '.join(FORMATS)}.")
    return FORMATS[name]
