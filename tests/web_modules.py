"""For a test: the application with a route that tells which modules its process has imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

import orjson

from wsgi import app as ours


def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """The application, and /modules beside it."""
    if environ["PATH_INFO"] != "/modules":
        return ours(environ, start)
    start("200 OK", [("Content-Type", "application/json")])
    return [orjson.dumps({"pid": os.getpid(), "modules": sorted({name.partition(".")[0] for name in sys.modules})})]
