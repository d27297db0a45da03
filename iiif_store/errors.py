"""What can go wrong with a document, a picture or a store. Nothing here knows of HTTP statuses of ours."""

from __future__ import annotations


class GlossatorError(Exception):
    """Root of the errors whose text may be shown to a person: what happened, to which resource, what to do next."""


class NotIIIF(GlossatorError, ValueError):
    """A document that is not IIIF Presentation, or is broken beyond the named repairs."""

    def __init__(self, reason: str, *, path: str = "$", url: str | None = None) -> None:
        super().__init__(f"{reason} (at {path}{f' of {url}' if url else ''})")
        self.reason, self.path, self.url = reason, path, url


class NoPicture(GlossatorError):
    """A canvas that paints nothing a model could look at (audio, text, nothing)."""


class PictureRefused(GlossatorError):
    """A picture that must not be read: a degraded tier, another service than asked for, login needed."""


class FetchRefused(GlossatorError):
    """Never asked: a forbidden address, scheme or port, or too many redirects. Not to be retried."""


class FetchFailed(GlossatorError, OSError):
    """Asked, and no usable answer: down, too slow, too large, a wrong status or type."""

    def __init__(self, message: str, *, url: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.url, self.status, self.retry_after = url, status, retry_after


class Restricted(FetchFailed):
    """The publisher answered 401 or 403; passed on as such."""


class Gone(GlossatorError):
    """Was here, was deleted, and its URI is not used again."""


class NotFound(GlossatorError, LookupError):
    """Nothing of that name."""


class Taken(GlossatorError):
    """An id that was asked for and is, or once was, that of something else."""


class Superseded(GlossatorError):
    """Somebody else has changed it since it was last seen."""


class StoreUnavailable(GlossatorError):
    """The data directory or database cannot be used: missing, read-only, full, of a newer version."""
