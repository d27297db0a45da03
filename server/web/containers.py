"""The containers of annotations, one for each manifest (Web Annotation Protocol, 4 and 5)."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, MethodNotAllowed, NotFound

from iiif_store.container import PAGE_SIZE, Container, Form, container, page
from iiif_store.errors import NotFound as NoSuchCanvas
from iiif_store.home import stored
from iiif_store.source import Source
from server import respond
from server.context import doors, links, services
from server.members import Member
from server.prefer import form_of
from server.web.annotations import written
from server.web.opening import opened
from server.web.writing import METHODS, check_accept, sent, writer

door = Blueprint("containers", __name__, url_prefix="/annotations")

ALLOW, ALLOW_ON_PAGE = "GET, HEAD, OPTIONS, POST", "GET, HEAD, OPTIONS"
ACCEPT_POST = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld", application/ld+json, application/json'
TYPE = '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type"'
CONSTRAINTS = '<http://www.w3.org/TR/annotation-protocol/>; rel="http://www.w3.org/ns/ldp#constrainedBy"'


@door.after_request
def described(response: Response) -> Response:
    """On all answers, errors too (4.1)."""
    for link in (TYPE, CONSTRAINTS):
        response.headers.add("Link", link)
    response.headers.setdefault("Allow", ALLOW_ON_PAGE if "page" in request.args else ALLOW)
    response.headers["Accept-Post"] = ACCEPT_POST
    return response


@door.route("/<key:source>/", methods=METHODS)
def members(source: str) -> Response:
    """The container, one of its pages, or a new annotation in it."""
    if request.method == "OPTIONS":
        return respond.allowed(ALLOW_ON_PAGE if "page" in request.args else ALLOW)
    if request.method in ("GET", "HEAD"):
        check_accept()
        return _listed(opened(source).source)
    return _added(source, writer())


def _added(source: str, by: str) -> Response:
    if request.method != "POST" or "page" in request.args:
        why = "New annotations are POSTed to the container itself; it and its pages are never replaced or deleted."
        raise MethodNotAllowed((ALLOW_ON_PAGE if "page" in request.args else ALLOW).split(", "), why)
    found, slug = opened(source).source, request.headers.get("Slug", "")
    note = services().curated.add(found, sent(), slug=slug, writer=by, links=links())
    uri = links().written(found.id, note.id)
    return written(note, status=201, headers=[("Location", uri), ("Content-Location", uri)])


def _listed(source: Source) -> Response:
    canvas = _canvas(source)
    found = _members(source, canvas)
    told = Container(
        source=source.id,
        label=f"Annotations on {source.label or source.url}",
        total=len(found),
        links=links(),
        canvas=canvas,
        modified=max((member.modified for member in found), default=None),
    )
    preferred = form_of(request.headers.get("Prefer", ""))
    form = _asked() or preferred or "descriptions"  # the default of 4.2
    number = _whole("page")
    if number is None:
        first = _items(source, found, 0, form) if form != "minimal" else []
        document = container(told, form, first)
    else:
        form = "descriptions" if form == "minimal" else form
        if number >= told.pages:
            raise NotFound(f"This container has {told.pages} pages, numbered from 0; there is no page {number}.")
        document = page(told, number, form, _items(source, found, number, form))
    headers = [("Content-Location", document["id"]), ("Vary", "Prefer")]
    applied = [("Preference-Applied", "return=representation")] if preferred == form else []
    return respond.annotation(orjson.dumps(document), headers=[*headers, *applied])


def _members(source: Source, canvas: str | None) -> list[Member]:
    """Listed at most once a second for all who ask, and anew after each write."""
    stamp = services().store.source_stamp(source.id)
    return doors().recent.get((source.id, canvas), lambda: services().members.of(source, canvas), state=stamp)


def _items(source: Source, found: list[Member], number: int, form: Form) -> list[object]:
    some = found[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
    if form == "iris":
        return [links().written(source.id, member.name) for member in some]
    return list(services().members.documents(source, some, links()))


def _canvas(source: Source) -> str | None:
    """The key of the canvas that `?canvas=` names by its key or id; raises NotFound."""
    asked = request.args.get("canvas")
    if asked is None:
        return None
    manifest, iri = services().sources.manifest(source), stored(asked, links())
    key = next((canvas.key for canvas in manifest.canvases if asked == canvas.key or iri == canvas.id), None)
    if key is None:
        raise NoSuchCanvas(f"Source {source.id} has no canvas {asked[:300]}.")
    return key


def _asked() -> Form | None:
    """The form that the URL itself names (4.2)."""
    iris = _whole("iris")
    if iris is None:
        return None
    if iris > 1:
        raise BadRequest("iris is 0, for whole annotations, or 1.")
    return "iris" if iris else "descriptions"


def _whole(name: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest(f"{name} is a whole number.")
    return int(text)
