"""One function for each kind of answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from flask import Response, render_template, request

from iiif_store.links import Version
from server.answers import CORS, Answer, Validity, finish
from server.context import doors
from server.errors import Problem
from server.negotiation import JSON, Form, media_type, preference

NO_STORE = ("Cache-Control", "no-store")


def presentation(body: bytes, version: Version, *, keep: Validity | None, age: int | None = None) -> Response:
    """A Presentation document, kept in memory while `keep` holds. `age`: of a copy whose publisher is down."""
    headers = [*CORS] if age is None else [*CORS, ("Age", str(age))]
    return _document(body, version, headers, keep)


def annotation(body: bytes, *, keep: Validity | None = None) -> Response:
    """A Web Annotation, agent or run record, for which the annotation context is the profile."""
    return _document(body, "anno", CORS, keep)


def _document(body: bytes, form: Form, headers: Iterable[tuple[str, str]], keep: Validity | None) -> Response:
    environ = request.environ
    wanted = preference(environ.get("HTTP_ACCEPT", ""), environ.get("HTTP_ACCEPT_ENCODING", ""))
    answer = finish(body, media_type(wanted, form), zipped=wanted.zipped, headers=headers)
    if keep:
        doors().answers.put(environ, answer, keep)
    return _response(answer)


def linked_data(body: bytes) -> Response:
    """A JSON-LD context: JSON-LD without a profile."""
    return _response(finish(body, "application/ld+json", zipped=False, headers=CORS))


def image_info(body: bytes) -> Response:
    """info.json of version 3 (Image API 3.0, section 5.1)."""
    return _document(body, "image", CORS, None)


def download(body: bytes, name: str) -> Response:
    """A JSON-LD document to be saved under a name."""
    wanted = preference("", request.environ.get("HTTP_ACCEPT_ENCODING", ""))
    headers = [("Content-Disposition", f'attachment; filename="{name}"')]
    media = media_type(wanted, "anno")
    return _response(finish(body, media, zipped=wanted.zipped, headers=headers))


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
