"""What the doors for writers share: who may, what they send, and which state they mean to change."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request
from werkzeug.exceptions import (
    BadRequest,
    NotAcceptable,
    PreconditionRequired,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.http import parse_etags

from iiif_store.errors import Superseded
from iiif_store.incoming import LARGEST
from iiif_store.stores.annotations import Written
from server.context import doors, services
from server.negotiation import JSON, JSON_LD, acceptable

RESOURCE = (
    ("Link", '<http://www.w3.org/ns/ldp#Resource>; rel="type"'),
    ("Link", '<http://www.w3.org/ns/oa#Annotation>; rel="type"'),
)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
"""Every method reaches the view, which knows better than the router what may be done and why not."""


def writer() -> str:
    """Who writes; raises TokenNeeded, OriginRefused."""
    return doors().rights.demand_from_anywhere(request)


def check_accept() -> None:
    """Raises NotAcceptable where no form of an annotation would do."""
    if not acceptable(request.headers.get("Accept", "")):
        raise NotAcceptable("Annotations are to be had as application/ld+json, application/json, text/turtle, n-quads.")


def sent() -> Any:
    """The JSON of the request; raises UnsupportedMediaType, RequestEntityTooLarge, BadRequest."""
    if request.mimetype not in (JSON_LD, JSON):
        raise UnsupportedMediaType(f"Send an annotation as '{JSON_LD}' or '{JSON}'.")
    if (request.content_length or 0) > LARGEST or len(body := request.get_data()) > LARGEST:
        raise RequestEntityTooLarge(f"An annotation has at most {LARGEST} bytes.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from error


def expected(note: Written) -> str | None:
    """The etag of the state that If-Match allows to change; None for any. Raises PreconditionRequired, Superseded."""
    header = request.headers.get("If-Match")
    if header is None:
        if services().settings.writes == "protocol":
            return None
        raise PreconditionRequired(
            "Say which state you change, so that no work is lost: GET the annotation and send its ETag as If-Match."
        )
    found = parse_etags(header)
    if found.star_tag or any(state(tag) == note.etag for tag in found):
        return note.etag
    raise Superseded(
        f"The annotation {note.id} was changed on {note.modified}. GET it again, and change what it says now."
    )


def state(tag: str) -> str:
    """The part of an ETag of ours that names the state; the rest names its form."""
    return tag.partition("-")[0]
