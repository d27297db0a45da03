"""A job as server-sent events (HTML, section 9.2), for clients that would else ask again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import orjson

FINAL = frozenset({"done", "failed", "cancelled"})

EVERY, SIGN_OF_LIFE, LONGEST = 1.0, 15.0, 300.0
"""Seconds between two looks; until a comment keeps a proxy from closing; until the client must connect again."""


def stream(look: Callable[[], dict[str, Any]], seat: AbstractContextManager[None]) -> Iterator[bytes]:
    """`progress` with the whole job at every change, `end` when it has ended. The first item takes the seat."""
    with seat:
        yield b"retry: 2000\n\n"
        begun = heard = time.monotonic()
        told: dict[str, Any] | None = None
        while time.monotonic() - begun < LONGEST:
            row = look()
            if row != told:
                told, heard = row, time.monotonic()
                yield _event("progress", row)
            if row["state"] in FINAL:
                yield _event("end", row)
                return
            if time.monotonic() - heard > SIGN_OF_LIFE:
                heard = time.monotonic()
                yield b": still at it\n\n"
            time.sleep(EVERY)


def _event(name: str, row: dict[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(row))
