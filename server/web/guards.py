"""Who gets through the doors that write. They run before the views of a blueprint."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request
from flask.typing import ResponseReturnValue

from server import respond
from server.context import doors

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def writers_only() -> None:
    """For the API: reading is public; raises TokenNeeded or OriginRefused for anything else."""
    if request.method in UNSAFE:
        doors().rights.demand(request)


def logged_in() -> dict[str, bool]:
    """For the frame of the admin pages."""
    return {"logged_in": doors().rights.is_logged_in()}


def closed(response: Response) -> Response:
    """For the admin pages: nothing from elsewhere runs in them, and nobody frames them."""
    policy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
    response.headers["Content-Security-Policy"] = policy
    return response


def admit() -> ResponseReturnValue | None:
    """For the admin pages: a browser without the right is asked to log in; raises as above for what would write."""
    rights = doors().rights
    if request.endpoint in ("admin.login", "admin.log_in"):
        rights.check_origin(request)
    elif request.method in UNSAFE:
        rights.demand(request)
    elif rights.writer(request) is None:
        return respond.elsewhere(f"{request.script_root}/admin/login?{urlencode({'target': request.path})}")
    return None
