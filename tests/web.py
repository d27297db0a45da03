"""A real web application for tests: a real store, a real publisher, and a real engine when a page is asked for."""

from __future__ import annotations

import atexit
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from iiif_store.links import Links
from server.app import create_app
from server.context import SERVICES
from server.services import Services
from tests.engines import HARMLESS, PATIENCE, EngineRoom, engine_with

STRANGER = {"REMOTE_ADDR": "203.0.113.5"}
"""For `environ_base`: a request from elsewhere."""


def connected(app: Flask) -> Flask:
    """A test client has no connection. What it sends as this machine comes over one that there is, as a server says."""
    inner = app.wsgi_app

    def outer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("REMOTE_ADDR") == "127.0.0.1" and "REMOTE_PORT" not in environ:
            server, client = (end.getsockname()[1] for end in _connection())
            environ |= {"SERVER_PORT": str(server), "REMOTE_PORT": str(client)}
        return inner(environ, start_response)

    app.wsgi_app = outer  # type: ignore[method-assign]
    return app


@cache
def _connection() -> tuple[socket.socket, socket.socket]:
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    for end in (listener, client):
        atexit.register(end.close)
    return listener, client


class WebRoom:
    """One application over an engine room, and its client, who is the local user."""

    def __init__(self, room: EngineRoom) -> None:
        self.room, self.publisher = room, room.publisher
        self.app: Flask = connected(create_app(room.settings))
        self.client: FlaskClient = self.app.test_client()
        self.services: Services = self.app.extensions[SERVICES]
        self.links = Links("http://localhost")

    def register(self, url: str | None = None, **wishes: Any) -> str:
        """The id of a source; by default of the manifest of all pages."""
        answer = self.client.post("/api/sources", json={"url": url or self.publisher.manifest(), **wishes})
        assert answer.status_code in (200, 201), answer.text
        return str(answer.get_json()["id"])

    def page(self, source: str, number: int = 0, *, version: str = "3") -> str:
        """The path of an annotation page."""
        manifest = self.services.sources.manifest(self.services.sources.open(source))
        return f"/iiif/{version}/{source}/{manifest.canvases[number].key}/probe"

    def token(self, name: str = "editor") -> str:
        """A new token that may write."""
        from iiif_store.stores.tokens import new_token

        secret, token = new_token(name)
        self.room.store.put_token(token)
        return secret

    @property
    def engine_was_started(self) -> bool:
        return self.room.places.read() is not None


@contextmanager
def web_room(folder: Path, colours: Sequence[str] = HARMLESS[:4], **settings: Any) -> Iterator[WebRoom]:
    """Its pages are read by the probe backend (tests/probe), each only when it is asked for."""
    made: dict[str, Any] = {"backends": ("probe",), "deadline": PATIENCE, "prefetch": 0, **settings}
    with engine_with(folder, colours, **made) as room:
        web = WebRoom(room)
        try:
            yield web
        finally:
            room.go_on()
            web.services.engine.close()  # type: ignore[attr-defined]


def problem(answer: TestResponse) -> dict[str, Any]:
    """The problem that an answer tells, checked for its form (RFC 9457)."""
    assert answer.content_type == "application/problem+json", (answer.status, answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    told: dict[str, Any] = answer.get_json(force=True)
    assert told["status"] == answer.status_code
    assert told["title"] and told["detail"]
    told["slug"] = told["type"].removeprefix("urn:glossator:problem:")
    return told
