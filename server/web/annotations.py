"""Single annotations by their own URLs: those of models, superseded ones too, and those of people, which can be changed
(design, section 6; Web Annotation Protocol, 3, 5 and 6)."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from iiif_store.stores.annotations import Written
from server import respond
from server.context import links, services
from server.curated import MACHINE
from server.journal import note
from server.web.opening import opened
from server.web.writing import METHODS, RESOURCE, check_accept, expected, sent, writer

door = Blueprint("annotations", __name__, url_prefix="/annotations")

READ_ONLY = "GET, HEAD, OPTIONS"
WRITABLE = "GET, HEAD, OPTIONS, PUT, DELETE"


@door.route("/<key:source>/<member:name>", methods=METHODS)
def annotation(source: str, name: str) -> Response:
    """One annotation."""
    machine = MACHINE.fullmatch(name)
    allow = READ_ONLY if machine else WRITABLE
    if request.method == "OPTIONS":
        return respond.allowed(allow, RESOURCE)
    if request.method in ("GET", "HEAD"):
        check_accept()
        return _found(source, *machine.groups()) if machine else _shown(source, name)
    writer()
    if machine:
        raise MethodNotAllowed(
            allow.split(", "),
            "What a model found stays as it is. To judge or correct it, POST an annotation of your own to "
            f"{links().annotations(source)}, with this one as its target and the motivation 'assessing' or 'editing'.",
        )
    return _changed(source, name)


def _found(source: str, canvas: str, revision: str, number: str) -> Response:
    """What a model found, by the parts of its id, without any index."""
    note(request.environ, revision=revision)
    found = opened(source)
    body = services().pages.annotation(found.source, canvas, revision, int(number), links())
    return respond.annotation(body, keep=found.keep, headers=[("Allow", READ_ONLY), *RESOURCE])


def _shown(source: str, name: str) -> Response:
    return written(services().curated.find(opened(source).source, name))


def _changed(source: str, name: str) -> Response:
    found, curated = opened(source).source, services().curated
    if request.method not in ("PUT", "DELETE"):
        raise MethodNotAllowed(WRITABLE.split(", "), "An annotation is replaced whole, with PUT.")
    allowed = expected(curated.find(found, name))
    if request.method == "DELETE":
        curated.remove(found, name, expected=allowed)
        return respond.nothing()
    changed = curated.replace(found, name, sent(), expected=allowed, links=links())
    return written(changed, headers=[("Content-Location", links().written(found.id, name))])


def written(note: Written, *, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    """An annotation of a person as it is now."""
    body = services().curated.document(note, links())
    told = [("Allow", WRITABLE), *RESOURCE, *(headers or [])]
    return respond.annotation(body, headers=told, state=note.etag, status=status)
