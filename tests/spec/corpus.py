"""The publishers' documents that tests run over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from iiif_store.enrich import LayerReference, enrich, enrich_collection
from iiif_store.errors import NotIIIF
from iiif_store.links import Links, Version
from iiif_store.load import parse
from iiif_store.manifest import Collection, Manifest
from iiif_store.shape import JSON
from iiif_store.source import Kind, Source, source_id

SELECTION = Path(__file__).parents[1] / "data" / "manifests"
LINKS = Links("https://annotations.example.org/g")
LAYERS = (LayerReference("illustrations", "Illustrations (machine-generated)"),)


@dataclass(frozen=True, slots=True)
class Entry:
    """A document that was parsed."""

    name: str
    found: Manifest | Collection
    source: Source

    def enriched(self, version: Version) -> JSON:
        """As the server would publish it."""
        if isinstance(self.found, Manifest):
            return enrich(self.found, LAYERS, source=self.source, links=LINKS, version=version)
        return enrich_collection(self.found, source=self.source, links=LINKS, version=version)


class Corpus:
    """All documents below a directory. Parsed once, since what is parsed is shared and not to be changed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of every JSON file."""
        for path in sorted(path for path in self._root.rglob("*") if path.suffix in (".json", ".jsonld")):
            yield str(path.relative_to(self._root)), path.read_bytes()

    @cached_property
    def parsed(self) -> list[Entry]:
        """Every document that is not refused."""
        return [entry for name, body in self.documents() if (entry := _entry(name, body))]

    @property
    def manifests(self) -> list[tuple[Entry, Manifest]]:
        return [(entry, entry.found) for entry in self.parsed if isinstance(entry.found, Manifest)]


def _entry(name: str, body: bytes) -> Entry | None:
    url = f"https://publisher.example.org/{name}"
    try:
        found = parse(body, url=url)
    except NotIIIF:
        return None
    kind: Kind = "manifest" if isinstance(found, Manifest) else "collection"
    stamp = "2026-09-01T09:00:00Z"
    return Entry(name, found, Source(source_id(url), url, kind, found.label, (), stamp, "", stamp))
