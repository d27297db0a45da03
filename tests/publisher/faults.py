"""Ways to misbehave, each a first path segment: /truncated/image/3/p1/full/600,/0/default.jpg.

A fault changes the answer that a good publisher would give (`ALTERED`), gives another one instead (`INSTEAD`), or is
the server's own work on the socket (`ON_THE_WIRE`). `503x2` answers 503 twice for each path and then behaves.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import orjson

from .answers import Answer, document, text

_COUNTED = re.compile(r"(4\d\d|5\d\d)(?:x(\d+))?$")
ON_THE_WIRE = frozenset({"slow", "trickle", "trickle-body", "truncated", "endless", "endless-redirect", "hang-up"})


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a fault happens."""

    root: str
    """Our base URL, without faults."""
    path: str
    """Path and query without the fault."""
    visit: int
    """How often this very path was asked for before."""
    retry_after: str


def statuses(fault: str, scene: Scene) -> Answer | None:
    """The answer to `429` (always) or `503x2` (the first two times), None when it is time to behave."""
    found = _COUNTED.fullmatch(fault)
    if found is None or (found[2] and scene.visit >= int(found[2])):
        return None
    headers = {"Retry-After": scene.retry_after} if found[1] in ("429", "503") and scene.retry_after else {}
    return Answer(int(found[1]), b"not now", {"Content-Type": "text/plain", **headers})


def known(name: str) -> bool:
    return name in ON_THE_WIRE or name in ALTERED or name in INSTEAD or _COUNTED.fullmatch(name) is not None


def _redirect(location: str, **headers: str) -> Answer:
    return Answer(302, b"", {"Location": location, **{name.replace("_", "-"): text for name, text in headers.items()}})


def _header_only(width: int, height: int) -> bytes:
    """A PNG that claims this size and holds one row of nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * (1 + 3 * width))), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@cache
def _bomb() -> bytes:
    """256 MiB of blanks in 260 kB of gzip."""
    squeezed = zlib.compressobj(9, wbits=31)
    return b"".join([*(squeezed.compress(b" " * 2**20) for _ in range(256)), squeezed.flush()])


def _lying(answer: Answer, scene: Scene) -> Answer:
    """info.json gives another size than the picture has: width and height exchanged."""
    if scene.path.endswith("/info.json"):
        found = orjson.loads(answer.body)
        found["width"], found["height"] = found["height"], found["width"]
        return document(found)
    return answer


def _other_id(answer: Answer, scene: Scene) -> Answer:
    """info.json of a degraded tier (Authentication API 1.0): its id is that of another service."""
    if scene.path.endswith("/info.json"):
        found = orjson.loads(answer.body)
        key = "id" if "id" in found else "@id"
        return document({**found, key: f"{found[key]}-degraded"})
    return answer


def _login(answer: Answer, scene: Scene) -> Answer:
    """401, with info.json's own description as its body (Authentication API 1.0)."""
    return Answer(401, answer.body if scene.path.endswith("/info.json") else b"", answer.headers)


def _half_picture(answer: Answer, scene: Scene) -> Answer:
    """Cut in the middle, with a Content-Length that agrees."""
    return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers) if answer.is_picture else answer


def _changing(answer: Answer, scene: Scene) -> Answer:
    """Other bytes at each visit: a comment after the end of the picture, a blank after the JSON."""
    return Answer(answer.status, answer.body + b" " * (scene.visit + 1), answer.headers)


def _with(**headers: str) -> Callable[[Answer, Scene], Answer]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda answer, scene: Answer(answer.status, answer.body, {**answer.headers, **named})


ALTERED: dict[str, Callable[[Answer, Scene], Answer]] = {
    "lying": _lying,
    "other-id": _other_id,
    "login": _login,
    "half-picture": _half_picture,
    "changing": _changing,
    "private": _with(Cache_Control="private, max-age=600"),
    "no-store": _with(Cache_Control="no-store"),
    "no-cache": _with(Cache_Control="no-cache"),
    "max-age": _with(Cache_Control="public, max-age=600"),
    "cookie": _with(Set_Cookie="session=secret; Path=/"),
}
INSTEAD: dict[str, Callable[[Scene], Answer]] = {
    "wrong-type": lambda scene: Answer(200, b"<!doctype html><h1>Sorry</h1>", {"Content-Type": "text/html"}),
    "invalid-json": lambda scene: Answer(200, b'{"@context": "http://iiif.io/', {"Content-Type": "application/json"}),
    "empty": lambda scene: text(200, ""),
    "huge": lambda scene: Answer(200, _header_only(10_001, 10_000), {"Content-Type": "image/png"}),
    "bomb": lambda scene: Answer(200, _bomb(), {"Content-Type": "application/json", "Content-Encoding": "gzip"}),
    "bad-gzip": lambda scene: Answer(200, b"no gzip", {"Content-Type": "text/plain", "Content-Encoding": "gzip"}),
    "loop": lambda scene: _redirect(f"/loop{scene.path}"),
    "moved": lambda scene: _redirect(f"{scene.root}{scene.path}", Set_Cookie="session=secret; Path=/"),
    "to-metadata": lambda scene: _redirect("http://169.254.169.254/latest/meta-data/"),
    "to-nonsense": lambda scene: _redirect("http://[not a host/"),
    "to-file": lambda scene: _redirect("file:///etc/passwd"),
    "to-userinfo": lambda scene: _redirect(scene.root.replace("://", "://name:secret@") + scene.path),
}
