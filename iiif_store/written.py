"""What people wrote: Web Annotations, each with the row that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

from .shape import JSON


@dataclass(frozen=True, slots=True)
class Written:
    """One annotation of a person, or what is left of it once it is deleted."""

    source: str
    id: str
    """The last segment of its URL: lower case letters, digits and `. _ -`; at most 64."""
    document: JSON
    """Normalised (`iiif_store.incoming`), without `id` and `@context`, our own URLs as `local:`; {} in a tombstone."""
    canvases: tuple[str, ...]
    """Keys of the canvases that it targets; empty for one on the manifest or on another annotation."""
    creator: str
    """The name of the token that wrote it first."""
    created: str
    modified: str
    """UTC, xsd:dateTime with Z."""
    etag: str = ""
    """Names this state of it and no other; the store gives it."""
    deleted: str | None = None
