"""A publisher's change stream that our sources are kept in step with."""

from __future__ import annotations

from dataclasses import dataclass

from iiif_store.source import Policy


@dataclass(frozen=True, slots=True)
class Stream:
    """What was registered, and how far it has been read."""

    id: str
    """`source_id` of the URL."""
    url: str
    backends: tuple[str, ...] = ()
    """Layers of the sources that it brings; empty: those that every new source gets."""
    policy: Policy = "open"
    since: str | None = None
    """endTime of the newest activity that was followed, in the publisher's clock; None: not yet read to its end."""
    asked: str | None = None
    """When it was last read with success, UTC."""
    failed: tuple[str, ...] = ()
    """URLs that could not be fetched, to be tried again the next time."""
    message: str | None = None
    """Why it could not be read the last time."""
