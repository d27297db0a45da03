"""The publisher itself: a threaded HTTP/1.1 server that counts what it is asked."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from . import faults
from .answers import Answer, answer, document, text
from .shelf import Shelf

_GRAIN = 0.02


@dataclass(slots=True)
class Request:
    method: str
    path: str
    """With the query."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""
    status: int = 0
    """Set before the answer's first byte goes out; 0 before that, and if there is no answer."""


@dataclass(slots=True)
class Record:
    """What has happened, kept under one lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    requests: list[Request] = field(default_factory=list)
    visits: Counter[str] = field(default_factory=Counter)
    now: int = 0
    peak: int = 0


class Publisher:
    """Use it as a context manager: it listens on 127.0.0.1 until the end of the block.

    At any time may be changed: `latency` (seconds, before each answer), `retry_after` (of 429 and 503), `down` (each
    connection is closed without an answer), `answer_instead` (a status for everything), `documents` (JSON by path).
    """

    def __init__(self, pages: Path, *, port: int = 0, latency: float = 0.0, tls: ssl.SSLContext | None = None) -> None:
        self.shelf = Shelf(pages)
        self.latency, self.retry_after, self.down = latency, "1", False
        self.answer_instead: int | None = None
        self.documents: dict[str, Any] = {}
        self.record = Record()
        self._released = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.publisher = self
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self.base = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        """HOST:PORT, as `allow_hosts` takes it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"{self.base}/{path.lstrip('/')}"

    def manifest(self, count: int | None = None, version: str = "3", **wishes: str) -> str:
        """URL of a manifest of `count` canvases, or of all pages; `service`, `images`, `canvas` as in the package."""
        query = "&".join(f"{key}={value}" for key, value in wishes.items())
        book = "book" if count is None else f"book-{count}"
        return self.url(f"/iiif/{version}/{book}/manifest{'?' + query if query else ''}")

    @property
    def requests(self) -> list[Request]:
        """All so far, in the order in which they came."""
        with self.record.lock:
            return list(self.record.requests)

    def count(self, part: str = "") -> int:
        """Requests whose path contains `part`."""
        return sum(part in request.path for request in self.requests)

    @property
    def peak(self) -> int:
        """The most requests that were being answered at one time."""
        return self.record.peak

    def reset(self) -> None:
        """Forgets what was asked, also for the faults that count."""
        with self.record.lock:
            self.record.requests.clear()
            self.record.visits.clear()
            self.record.peak = self.record.now

    def pause(self, seconds: float) -> None:
        """Sleeps, but not beyond the end of the server."""
        if seconds:
            self._released.wait(seconds)

    @property
    def closing(self) -> bool:
        return self._released.is_set()


class _Server(ThreadingHTTPServer):
    publisher: Publisher
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has had enough is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self, body: bytes = b"") -> None:
        publisher, record = self.server.publisher, self.server.publisher.record
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._request = Request(self.command, self.path, headers, body)
        self._busy = True
        with record.lock:
            record.requests.append(self._request)
            record.now += 1
            record.peak = max(record.peak, record.now)
            visit = record.visits[self.path]
            record.visits[self.path] += 1
        try:
            publisher.pause(publisher.latency)
            self._answer(visit, body)
        finally:
            self._done()

    def _done(self) -> None:
        """From here on the client may know, and ask for more."""
        with self.server.publisher.record.lock:
            self.server.publisher.record.now -= self._busy
        self._busy = False

    def _answer(self, visit: int, body: bytes) -> None:
        publisher = self.server.publisher
        if publisher.down or publisher.closing:
            self.close_connection = True
            return None
        if self.path.startswith("/control/"):
            return self._send(self._control())
        if self.path == "/echo":
            return self._send(Answer(200, body, {"Content-Type": "application/octet-stream"}))
        if publisher.answer_instead:
            return self._send(text(publisher.answer_instead, "not now"))
        asked, path = _faults(self.path)
        scene = faults.Scene(publisher.base, path, visit, publisher.retry_after)
        for fault in asked:
            if instead := faults.INSTEAD.get(fault):
                return self._send(instead(scene))
            if refusal := faults.statuses(fault, scene):
                return self._send(refusal)
        found = self._made(path, publisher.base + "".join(f"/{fault}" for fault in asked))
        for fault in asked:
            if alter := faults.ALTERED.get(fault):
                found = alter(found, scene)
        wire = next((fault for fault in asked if fault in faults.ON_THE_WIRE), None)
        return self._on_the_wire(wire, found) if wire else self._send(found.validated())

    def _made(self, path: str, root: str) -> Answer:
        publisher = self.server.publisher
        if path in publisher.documents:
            return document(publisher.documents[path])
        return answer(publisher.shelf, path, root)

    def _control(self) -> Answer:
        publisher = self.server.publisher
        if self.path == "/control/reset":
            publisher.reset()
            return text(200, "forgotten")
        counts = Counter(request.path for request in publisher.requests)
        return document({"requests": sum(counts.values()), "peak": publisher.peak, "paths": counts})

    def _send(self, found: Answer) -> None:
        status, body = found.status, found.body
        etag = found.headers.get("ETag")
        if status == 200 and etag and self.headers.get("If-None-Match") == etag:
            status, body = 304, b""
        head = self._head(status, found.headers, None if status == 304 else len(body))
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def _head(self, status: int, headers: dict[str, str], length: int | None) -> bytes:
        self._request.status = status
        self._done()
        fields = {**headers, "Access-Control-Allow-Origin": "*", "Date": self.date_time_string()}
        if length is not None:
            fields["Content-Length"] = str(length)
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"HTTP/1.1 {status} {self.responses.get(status, ('', ''))[0]}\r\n{lines}\r\n".encode("latin-1")

    def _on_the_wire(self, fault: str, found: Answer) -> None:
        self.close_connection = True
        body, half = found.body, len(found.body) // 2
        if fault == "hang-up":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault == "truncated":
            self.wfile.write(self._head(200, found.headers, len(body)) + body[:half])
        elif fault == "slow":
            self.server.publisher.pause(60.0)
            self.wfile.write(self._head(200, found.headers, len(body)) + body)
        elif fault == "trickle":
            self._drip(self._head(200, found.headers, len(body)) + body)
        elif fault == "trickle-body":
            self.wfile.write(self._head(200, found.headers, len(body)))
            self._drip(body)
        elif fault == "endless":
            self._pour(200, found.headers)
        elif fault == "endless-redirect":
            self._pour(302, {"Location": "/plain/" + self.server.publisher.shelf.pages[0].name + ".jpg"})

    def _drip(self, data: bytes) -> None:
        """A byte at a time, so that no read is ever silent for long."""
        for byte in data:
            if self.server.publisher.closing:
                break
            self.wfile.write(bytes([byte]))
            self.server.publisher.pause(_GRAIN)

    def _pour(self, status: int, headers: dict[str, str]) -> None:
        self.wfile.write(self._head(status, {**headers, "Transfer-Encoding": "chunked"}, None))
        while not self.server.publisher.closing:
            self.wfile.write(b"10000\r\n" + b" " * 65536 + b"\r\n")


def _faults(target: str) -> tuple[list[str], str]:
    """The leading path segments that are faults, and the rest with its query."""
    found: list[str] = []
    while True:
        first = urlsplit(target).path.lstrip("/").partition("/")[0]
        if not faults.known(first):
            return found, target
        found.append(first)
        target = target[len(first) + 1 :]
