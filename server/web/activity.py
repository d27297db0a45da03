"""The change stream (IIIF Change Discovery 1.0): what was published, changed and withdrawn, for harvesters."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response

from iiif_store.activity import ordered_collection, ordered_page
from iiif_store.errors import NotFound
from server import respond
from server.context import links, services

door = Blueprint("activity", __name__, url_prefix="/iiif/activity")


@door.get("/collection")
def collection() -> Response:
    """The stream. Asking for it is what brings it up to date."""
    activities = services().store.activities
    activities.settle()
    return respond.discovery(orjson.dumps(ordered_collection(activities.count(), links())))


@door.get("/page/<number:number>")
def page(number: int) -> Response:
    """One page, oldest first."""
    activities = services().store.activities
    more = bool(activities.page(number + 1))  # asked first: once it is there, this page is whole
    rows = activities.page(number)
    if not rows:
        raise NotFound(f"The stream has no page {number}; {links().activities()} names its last one.")
    return respond.discovery(orjson.dumps(ordered_page(rows, number, more=more, links=links())), closed=more)
