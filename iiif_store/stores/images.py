"""Images of our own: what models drew and what people brought, each a pyramid file with a record beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """What is told of an image besides its pixels."""

    id: str
    width: int
    height: int
    """Of the whole image, in pixels."""
    created: str
    """UTC, xsd:dateTime with Z."""
    label: str = ""
    rights: str | None = None
    """One URI of Creative Commons or RightsStatements.org."""
    attribution: str | None = None
    digital_source_type: str | None = None
    """The last part of an IPTC NewsCodes URI, e.g. "algorithmicallyEnhanced"; None: a plain scan."""
    revision: str | None = None
    """The reading that it is a finding of; None: nobody computed it."""


def drawn_image(revision: str, number: int) -> str:
    """The id of the picture of a finding: kept once for each reading, however many canvases show it."""
    return f"{revision}-{number}"


class Images(Protocol):
    """Where a store keeps them. The pixels of an image never change under its id."""

    def put(self, record: ImageRecord, pyramid: Path) -> None:
        """Move the file in, atomically; a second one of the same id changes nothing, and its file is deleted."""
        ...

    def retell(self, record: ImageRecord) -> bool:
        """What is told of an image from now on, atomically; its pixels stay. False if there is none."""
        ...

    def get(self, image: str) -> ImageRecord | None: ...

    def path(self, image: str) -> Path | None:
        """The pyramid on this machine's disk, to be read and never written."""
        ...

    def remove(self, image: str) -> bool:
        """False if there was none."""
        ...

    def ids(self, prefix: str = "") -> Iterator[str]:
        """All ids that begin so, in order."""
        ...
