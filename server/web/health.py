"""For machines that watch us: alive, ready, and in figures."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from iiif_store.errors import StoreUnavailable
from server.context import doors, services
from server.respond import NO_STORE, data

door = Blueprint("health", __name__)


@door.get("/healthz")
def healthz() -> Response:
    """The process answers. Nothing is asked of anybody else."""
    return data({"status": "ok"})


@door.get("/readyz")
def readyz() -> Response:
    """The store can be used; raises StoreUnavailable. An engine is not asked for: the first page starts one."""
    if fault := services().store.ready():
        raise StoreUnavailable(fault)
    return data({"status": "ok"})


@door.get("/metrics")
def metrics() -> Response:
    """The counters of all web processes."""
    return Response(doors().metrics.render(), 200, [("Content-Type", CONTENT_TYPE_LATEST), NO_STORE])
