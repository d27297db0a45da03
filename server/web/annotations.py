"""Single annotations by their own URLs: what they name dereferences, superseded ones too (design, section 6)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from server import respond
from server.context import links, services
from server.journal import note
from server.web.opening import opened

door = Blueprint("annotations", __name__, url_prefix="/annotations")


@door.get("/<key:source>/<annotation:name>")
def annotation(source: str, name: str) -> Response:
    """One annotation, found by the parts of its id without any index."""
    canvas, revision, number = name.split("-")
    note(request.environ, revision=revision)
    found = opened(source)
    body = services().pages.annotation(found.source, canvas, revision, int(number), links())
    return respond.annotation(body, keep=found.keep)
