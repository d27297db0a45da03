"""Publishers' change streams that our sources are kept in step with."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from iiif_store.errors import NotFound
from iiif_store.stream import Stream
from server import respond
from server.context import doors, links, services
from server.web.api import check_backends
from server.web.guards import writers_only
from server.web.requests import StreamRequest, body
from server.web.rows import JSON

door = Blueprint("streams", __name__, url_prefix="/api/streams")
door.before_request(writers_only)


@door.post("")
def register() -> ResponseReturnValue:
    """Follow a change stream: what it lists is registered in the background, and kept in step with it."""
    sent = body(request, StreamRequest)
    check_backends(sent.backends)
    with doors().limits.waiting():
        stream = services().follower.register(sent.url, backends=sent.backends, policy=sent.policy)
    return respond.data(_row(stream), 201, [("Location", f"{links().base}/api/streams/{stream.id}")])


@door.get("")
def streams() -> ResponseReturnValue:
    """List the streams that are followed, and how far."""
    return respond.data({"items": [_row(stream) for stream in services().store.streams()]})


@door.get("/<key:stream>")
def stream(stream: str) -> ResponseReturnValue:
    """Show one stream."""
    return respond.data(_row(_found(stream)))


@door.delete("/<key:stream>")
def forget(stream: str) -> ResponseReturnValue:
    """Follow a stream no longer; what it brought stays."""
    services().store.delete_stream(_found(stream).id)
    return respond.nothing()


def _found(stream: str) -> Stream:
    found = services().store.get_stream(stream)
    if found is None:
        raise NotFound(f"There is no stream {stream}. GET /api/streams lists them.")
    return found


def _row(stream: Stream) -> JSON:
    return {
        "id": stream.id,
        "url": stream.url,
        "backends": list(stream.backends),
        "policy": stream.policy,
        "since": stream.since,
        "asked": stream.asked,
        "failed": list(stream.failed),
        "message": stream.message,
    }
