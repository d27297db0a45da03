"""One function for each kind of answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from flask import Response, render_template, request

from iiif_store.image_api.info import LEVELS
from iiif_store.links import SearchVersion, Version
from iiif_store.rdf import serialised
from server.answers import CORS, FOREVER, Answer, Validity, finish
from server.context import doors, links
from server.errors import Problem
from server.negotiation import JSON, Form, media_type, preference

NO_STORE = ("Cache-Control", "no-store")


def presentation(
    body: bytes,
    version: Version,
    *,
    keep: Validity | None,
    age: int | None = None,
    graph: bool = False,
    headers: Iterable[tuple[str, str]] = (),
) -> Response:
    """A Presentation document, kept in memory while `keep` holds. `age`: of a copy whose publisher is down. `graph`: as
    RDF too, where the client prefers that."""
    told = [] if age is None else [("Age", str(age))]
    return _document(body, version, [*CORS, *told, *headers], keep, graph=graph)


def annotation(
    body: bytes,
    *,
    keep: Validity | None = None,
    headers: Iterable[tuple[str, str]] = (),
    state: str = "",
    status: int = 200,
) -> Response:
    """A Web Annotation, a container of them, an agent or run record: the annotation context is the profile, and RDF is
    to be had. `state` begins the ETag of what can be written, which is not compressed: a tag of compressed bytes
    would be another one."""
    return _document(body, "anno", [*CORS, *headers], keep, graph=True, state=state, status=status)


def _document(
    body: bytes,
    form: Form,
    headers: Iterable[tuple[str, str]],
    keep: Validity | None,
    *,
    graph: bool = False,
    state: str = "",
    status: int = 200,
) -> Response:
    environ = request.environ
    wanted = preference(environ.get("HTTP_ACCEPT", ""), environ.get("HTTP_ACCEPT_ENCODING", ""))
    media = media_type(wanted, form)
    if graph and wanted.graph:
        body, media = serialised(orjson.loads(body), wanted.graph, links()), f"{wanted.graph}; charset=utf-8"
    answer = finish(body, media, zipped=wanted.zipped and not state, headers=headers, state=state)
    if keep:
        doors().answers.put(environ, answer, keep)
    if request.method in ("GET", "HEAD"):
        return _response(answer)
    return Response(answer.body, status, answer.headers)


def allowed(methods: str, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """To OPTIONS: what can be done here."""
    return Response(b"", 200, [("Allow", methods), *headers])


def discovery(body: bytes, *, closed: bool = False) -> Response:
    """A part of the change stream; a page that is closed never changes again."""
    wanted = preference(request.headers.get("Accept", ""), request.headers.get("Accept-Encoding", ""))
    cache = FOREVER if closed else "no-cache"
    media = media_type(wanted, "discovery")
    return _response(finish(body, media, zipped=wanted.zipped, headers=CORS, cache=cache))


def search(body: bytes, version: SearchVersion) -> Response:
    """What was found. Version 1 goes by the rules of Presentation 2."""
    return _document(body, "search" if version == "2" else "2", CORS, None)


def linked_data(body: bytes) -> Response:
    """A JSON-LD context: JSON-LD without a profile."""
    return _response(finish(body, "application/ld+json", zipped=False, headers=CORS))


def image_info(body: bytes, version: Version) -> Response:
    """info.json (Image API 3.0, section 5.1; 2.1, section 5)."""
    profile = ("Link", f'<{LEVELS[version]}>;rel="profile"')
    return _document(body, "image" if version == "3" else "image-2", [*CORS, profile], None)


def image(answer: Answer) -> Response:
    """A picture."""
    return _response(answer)


def data(value: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """JSON for programs: never cached, no CORS."""
    return Response(orjson.dumps(value), status, [("Content-Type", JSON), NO_STORE, *headers])


def nothing() -> Response:
    """204: done, and there is nothing to say."""
    return Response(status=204, headers=[NO_STORE])


def unread(form: Form) -> Response:
    """To a HEAD on a document that is not computed: it exists, and asking about it starts nothing (RFC 9110, 9.3.2)."""
    media = media_type(preference(request.headers.get("Accept", ""), ""), form)
    return Response(b"", 200, [("Content-Type", media), NO_STORE, ("Vary", "Accept, Accept-Encoding"), *CORS])


def elsewhere(url: str, *, vary: str | None = None) -> Response:
    """303 See Other."""
    headers = [("Location", url), ("Cache-Control", "no-cache")]
    return Response(b"", 303, [*headers, ("Vary", vary)] if vary else headers)


def page(template: str, code: int = 200, /, **variables: Any) -> Response:
    """An HTML page for people."""
    html = render_template(template, **variables)
    return Response(html, code, [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-cache")])


def wants_html() -> bool:
    """Whether this client is a browser rather than a program; one that does not say is a browser."""
    found = request.accept_mimetypes.best_match(["text/html", "application/ld+json", JSON, "application/problem+json"])
    return found in ("text/html", None)


def problem(told: Problem, *, html: bool) -> Response:
    """An error: a page for a browser on a door for people, application/problem+json everywhere else."""
    if html:
        answer = page("error.html", told.status, problem=told)
    else:
        media = ("Content-Type", "application/problem+json")
        answer = Response(orjson.dumps(told.document()), told.status, [media])
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.extend(told.headers)
    return answer


def _response(answer: Answer) -> Response:
    # As a GET also for HEAD: Flask leaves the body out, and would count an empty one.
    status, headers, body = answer.reply("GET", request.headers.get("If-None-Match"))
    return Response(body, status, headers)
