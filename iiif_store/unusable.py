"""An annotation that cannot be taken, and where in it the reason is."""

from __future__ import annotations

from .errors import GlossatorError


class Unusable(GlossatorError, ValueError):
    """What somebody sent is no Web Annotation, or not one that can be published here."""

    def __init__(self, reason: str, path: str = "$") -> None:
        super().__init__(f"This annotation cannot be taken: {reason} (at {path}).")
        self.reason, self.path = reason, path


class ServerOwned(GlossatorError):
    """An attempt to set what only the server sets, or what nobody may change."""
