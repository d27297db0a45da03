"""Finished answers: bytes, headers and the tag they are compared by; the recent ones stay in memory.

A hit parses no JSON and asks the store for one stat, below Flask: a warm page costs less than an empty view.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.http import parse_etags

from iiif_store.errors import StoreUnavailable
from server.journal import note
from server.metrics import Metrics
from server.negotiation import preference

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]

SMALLEST_ZIPPED = 1024
"""Bytes; below it gzip saves no packet."""

OF_THE_BODY = frozenset(
    ("Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "Content-Language", "Content-Range")
)
"""Headers that a 304 leaves out. Content-Location is none of them (RFC 9110, 15.4.5)."""

EXPOSED = (
    "Accept-Post, Age, Allow, Content-Location, Content-Type, ETag, Link, Location, "
    "Preference-Applied, Retry-After, Vary"
)

CORS: Headers = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", EXPOSED),
]
"""For everybody, and without credentials (specs 0.3)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 with a strong ETag of its bytes and media type, and the 304 that goes with it."""

    body: bytes
    etag: str
    headers: Headers

    def reply(self, method: str, if_none_match: str | None) -> tuple[str, Headers, bytes]:
        """Status line, headers and body for a GET or HEAD (RFC 9110, sections 13.1.2 and 15.4.5)."""
        if if_none_match and parse_etags(if_none_match).contains_weak(self.etag.strip('"')):
            return "304 NOT MODIFIED", [h for h in self.headers if h[0] not in OF_THE_BODY], b""
        return "200 OK", self.headers, b"" if method == "HEAD" else self.body


FOREVER = "public, max-age=31536000, immutable"
"""Cache-Control of what never changes under its URL."""


def finish(
    body: bytes,
    media: str,
    *,
    zipped: bool,
    headers: Iterable[tuple[str, str]] = (),
    cache: str = "no-cache",
    state: str = "",
) -> Answer:
    """The answer that sends `body` as `media`, compressed if the client takes it and it is worth it. Its ETag begins
    with `state`."""
    tag = hashlib.sha256(media.encode() + b"\0" + body).hexdigest()[:32]
    tag = f"{state}-{tag}" if state else tag
    sent: Headers = [("Content-Type", media), ("Cache-Control", cache), ("Vary", "Accept, Accept-Encoding")]
    if zipped and len(body) >= SMALLEST_ZIPPED:
        tag, body = f"{tag}-gzip", gzip.compress(body, compresslevel=6, mtime=0)
        sent.append(("Content-Encoding", "gzip"))
    etag = f'"{tag}"'
    return Answer(body, etag, [*sent, ("Content-Length", str(len(body))), ("ETag", etag), *headers])


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a kept answer holds: until the source's row changes, or a moment of the monotonic clock passes."""

    source: str
    stamp: Hashable
    until: float = float("inf")


class Answers:
    """The answers used last, up to a number of bytes."""

    def __init__(self, size: int, base_url: str | None, stamp_of: Callable[[str], Hashable]) -> None:
        self._size, self._stamp_of = size, stamp_of
        self._base = base_url
        self._kept: OrderedDict[Hashable, tuple[Answer, Validity]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, environ: WSGIEnvironment) -> tuple[Answer, Validity] | None:
        """The answer to this request, if it is kept and still holds."""
        if environ.get("QUERY_STRING"):
            return None
        key = self._key(environ)
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
        if self._holds(found[1]):
            return found
        self._drop(key, found)
        return None

    def put(self, environ: WSGIEnvironment, answer: Answer, validity: Validity) -> None:
        """Keep the answer to this request, unless it has a query or would fill a quarter of the room."""
        if len(answer.body) > self._size // 4 or environ.get("QUERY_STRING"):
            return
        key = self._key(environ)
        with self._lock:
            if old := self._kept.pop(key, None):
                self._bytes -= _weight(old[0])
            self._kept[key] = answer, validity
            self._bytes += _weight(answer)
            while self._bytes > self._size:
                self._bytes -= _weight(self._kept.popitem(last=False)[1][0])

    def _holds(self, validity: Validity) -> bool:
        """Not while the store cannot tell: the application then says what is wrong with it."""
        try:
            return time.monotonic() < validity.until and self._stamp_of(validity.source) == validity.stamp
        except StoreUnavailable:
            return False

    def _drop(self, key: Hashable, found: tuple[Answer, Validity]) -> None:
        with self._lock:
            if self._kept.get(key) is found:
                del self._kept[key]
                self._bytes -= _weight(found[0])

    def _key(self, environ: WSGIEnvironment) -> Hashable:
        """All that the bytes of an answer depend on, besides the source."""
        get = environ.get
        wanted = preference(get("HTTP_ACCEPT", ""), get("HTTP_ACCEPT_ENCODING", ""))
        if self._base:
            return environ["PATH_INFO"], wanted
        return environ["PATH_INFO"], wanted, environ["wsgi.url_scheme"], get("HTTP_HOST"), get("SCRIPT_NAME")


class Warm:
    """WSGI: answers from memory what is kept there, and leaves the rest to the application."""

    def __init__(self, app: WSGIApplication, answers: Answers, metrics: Metrics) -> None:
        self._app, self._answers, self._metrics = app, answers, metrics

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        found = self._answers.get(environ) if method in ("GET", "HEAD") else None
        if found is None:
            return self._app(environ, start_response)
        answer, validity = found
        self._metrics.warm.inc()
        note(environ, source=validity.source, warm=True)
        status, headers, body = answer.reply(method, environ.get("HTTP_IF_NONE_MATCH"))
        start_response(status, headers.copy())
        return [body]


def _weight(answer: Answer) -> int:
    return len(answer.body) + 1024
