"""One log line and one count for every request, whoever answered it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from server.metrics import Metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("glossator.request")

NOTES = "glossator.notes"
DOORS = frozenset({"iiif", "annotations", "models", "runs", "ns", "api", "admin", "view", "open", "search", "static"})
DOORS |= {"healthz", "readyz", "metrics"}


def note(environ: WSGIEnvironment, **facts: object) -> None:
    """Add facts (source, revision, ...) to the log line of this request."""
    environ.setdefault(NOTES, {}).update(facts)


class Journal:
    """WSGI: duration, status and what was noted, as a log line and in the metrics."""

    def __init__(self, app: WSGIApplication, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begun = perf_counter()
        status = "500"

        def started(line: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
            nonlocal status
            status = line[:3]
            return start_response(line, headers, exc_info) if exc_info else start_response(line, headers)

        try:
            return self._app(environ, started)
        finally:
            self._write(environ, status, perf_counter() - begun)

    def _write(self, environ: WSGIEnvironment, status: str, seconds: float) -> None:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        first = path[1:].partition("/")[0]
        door = first if first in DOORS else "home" if not first else "other"
        known = method if method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "PUT", "PATCH") else "other"
        self._metrics.count(door, known, status, seconds)
        facts = {"method": method, "path": path, "status": int(status), "ms": round(seconds * 1000, 2)}
        log.info("request", extra=facts | environ.get(NOTES, {}))
