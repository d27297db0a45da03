"""The one table from exceptions to what a client is told (RFC 9457). The exceptions themselves know nothing of HTTP."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from werkzeug.exceptions import HTTPException

from iiif_store.content_state import BadState
from iiif_store.errors import (
    FetchFailed,
    FetchRefused,
    GlossatorError,
    Gone,
    NoPicture,
    NotFound,
    NotIIIF,
    PictureRefused,
    Restricted,
    StoreUnavailable,
    Superseded,
)
from iiif_store.export.formats import UnknownFormat
from iiif_store.image_api.request import BadImageRequest, NotOffered
from iiif_store.imports.sheets import Unreadable
from iiif_store.jsonld import BadJsonLd, UnknownContext
from iiif_store.search.query import BadQuestion
from iiif_store.unusable import ServerOwned, Unusable
from ml_backends.types import BackendUnavailable, UnknownBackend
from server.engine.plan import PolicyForbids
from server.engine.types import EngineBusy, EngineUnavailable, ReadingFailed, StillComputing
from server.scans.selection import NotScans

log = logging.getLogger("glossator.problem")

PREFIX = "urn:glossator:problem:"


class BadInput(GlossatorError, ValueError):
    """A request body or parameter that cannot be used; `errors` says where and why."""

    def __init__(self, message: str, *, errors: tuple[Mapping[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.errors = errors


class TokenNeeded(GlossatorError):
    """Writing without a token where there is no local trust."""


class NotComputed(GlossatorError):
    """A page that is not computed, and that a look at it may not make computed."""


class OriginRefused(GlossatorError):
    """A web page of another site tried to write with this browser's rights."""


class TooManyRequests(GlossatorError):
    """A client asked for more cold pages than its share."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Kind:
    """How one class of exceptions is told."""

    status: int
    slug: str
    title: str
    shows: tuple[str, ...] = ()
    """Attributes that become members of the problem."""
    instead: str = ""
    """What clients are told where the text of the exception names paths and addresses of this machine."""


IN_LOG = "The operator finds the reason in the log of this server, under the instance"


TABLE: Mapping[type[BaseException], Kind] = {
    BadState: Kind(400, "bad-content-state", "This link cannot be read"),
    Unusable: Kind(400, "unusable-annotation", "This annotation cannot be taken", ("path",)),
    UnknownContext: Kind(400, "unknown-context", "A JSON-LD context is not known here"),
    BadJsonLd: Kind(400, "bad-json-ld", "This is not JSON-LD that can be read"),
    ServerOwned: Kind(409, "server-owned", "This cannot be changed"),
    Superseded: Kind(412, "superseded", "Somebody else has changed this"),
    BadInput: Kind(422, "bad-input", "The request cannot be understood", ("errors",)),
    BadImageRequest: Kind(400, "bad-image-request", "This is no request of the Image API for this image"),
    BadQuestion: Kind(400, "bad-question", "This cannot be searched for"),
    TokenNeeded: Kind(401, "token-needed", "Writing needs a token that is known here"),
    OriginRefused: Kind(403, "origin-refused", "Another site may not write here"),
    PolicyForbids: Kind(403, "policy-forbids", "Nothing may be computed for this source"),
    FetchRefused: Kind(403, "fetch-refused", "This address must not be fetched from"),
    Restricted: Kind(403, "restricted", "The publisher does not let us in", ("url",)),
    NotFound: Kind(404, "not-found", "There is nothing here"),
    UnknownFormat: Kind(404, "unknown-format", "There is no such format"),
    NoPicture: Kind(404, "no-picture", "This canvas shows no picture"),
    NotComputed: Kind(404, "not-computed", "This page is not computed"),
    Gone: Kind(410, "gone", "This was deleted"),
    NotScans: Kind(422, "not-scans", "This cannot become a book"),
    Unreadable: Kind(422, "unreadable-file", "This file cannot be read"),
    NotIIIF: Kind(422, "not-iiif", "This is not a IIIF document that can be used", ("path", "url")),
    TooManyRequests: Kind(429, "too-many-requests", "Too many pages at once"),
    ReadingFailed: Kind(500, "backend-failed", "The model could not read this picture"),
    NotOffered: Kind(501, "not-offered", "This is not made here"),
    BackendUnavailable: Kind(501, "backend-unavailable", "This backend cannot be used here"),
    UnknownBackend: Kind(501, "unknown-backend", "No backend of that name is installed here"),
    FetchFailed: Kind(502, "publisher-failed", "The publisher gave no usable answer", ("url", "status")),
    PictureRefused: Kind(403, "picture-refused", "The publisher gave no picture that may be read"),
    EngineBusy: Kind(503, "busy", "Too much is being computed already"),
    EngineUnavailable: Kind(
        503,
        "engine-unavailable",
        "Nothing computes here at the moment",
        instead=f"No engine answers, or it is still starting; ask again in a moment. {IN_LOG}.",
    ),
    StillComputing: Kind(503, "still-computing", "The model is still at work"),
    StoreUnavailable: Kind(
        503,
        "store-unavailable",
        "The store cannot be used",
        instead=f"What this needs cannot be read or written here at the moment; ask again later. {IN_LOG}.",
    ),
}


READINGS: Mapping[str, type[BaseException]] = {"picture": FetchFailed, "refused": PictureRefused}
"""Failures of a reading that are the publisher's and not the model's, by kind: told like the exceptions they were."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a client is told of an error: the members of application/problem+json, and headers that go with them."""

    status: int
    slug: str
    title: str
    detail: str
    members: Mapping[str, Any]
    headers: tuple[tuple[str, str], ...] = ()

    def document(self) -> dict[str, Any]:
        named = {"type": PREFIX + self.slug, "title": self.title, "status": self.status, "detail": self.detail}
        return named | dict(self.members)


def problem_of(error: Exception, *, whole: bool = False) -> Problem:
    """The problem that tells of `error`. An unexpected one is logged with its trace, and its message withheld. So is
    what is the operator's business, unless somebody is told who may write here: `whole`."""
    if isinstance(error, HTTPException):
        return _http(error)
    told_as = READINGS.get(error.failure.kind, ReadingFailed) if isinstance(error, ReadingFailed) else type(error)
    kind = next((TABLE[cls] for cls in told_as.__mro__ if cls in TABLE), None)
    if kind is None:
        return _unexpected(error)
    if kind.instead and not whole:
        return _withheld(error, kind)
    status = getattr(error, "status", None) if isinstance(error, Restricted) else None
    return Problem(status or kind.status, kind.slug, kind.title, _text(error), _members(error, kind), _headers(error))


def _http(error: HTTPException) -> Problem:
    headers = [(name, value) for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")]
    slug = error.name.lower().replace(" ", "-")
    return Problem(error.code or 500, slug, error.name, error.description or error.name, {}, tuple(headers))


def _withheld(error: Exception, kind: Kind) -> Problem:
    instance = _instance()
    log.warning(kind.slug, extra={"instance": instance, "error": _text(error)})
    return Problem(kind.status, kind.slug, kind.title, kind.instead, {"instance": instance}, _headers(error))


def _instance() -> str:
    """By which an operator finds in the log what a client was told of."""
    return f"urn:uuid:{uuid4()}"


def _unexpected(error: Exception) -> Problem:
    instance = _instance()
    log.error("unexpected error", exc_info=error, extra={"instance": instance})
    detail = "The error was written to the log of this server; tell its operator the instance."
    return Problem(500, "internal", "Something went wrong on this server", detail, {"instance": instance})


def _text(error: Exception) -> str:
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)


def _members(error: Exception, kind: Kind) -> dict[str, Any]:
    if isinstance(error, ReadingFailed):
        row = error.failure
        names = ("backend", "source", "canvas", "revision", "kind", "count", "last", "next_try")
        return {name: getattr(row, name) for name in names}
    found = {name: getattr(error, name) for name in kind.shows}
    if isinstance(error, FetchFailed) and "status" in found:
        found["upstream_status"] = found.pop("status")
    return {name: value for name, value in found.items() if value is not None}


def _headers(error: Exception) -> tuple[tuple[str, str], ...]:
    headers = []
    if seconds := getattr(error, "retry_after", None):
        headers.append(("Retry-After", str(math.ceil(seconds))))
    if isinstance(error, TokenNeeded):
        headers.append(("WWW-Authenticate", 'Bearer realm="glossator"'))
    return tuple(headers)
