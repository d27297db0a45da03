"""What an annotation says about where it comes from, made to dereference: models, runs, our JSON-LD context."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response

from iiif_store.errors import NotFound
from iiif_store.jsonld import context_document
from iiif_store.provenance import agent, record
from iiif_store.source import Layer
from ml_backends.types import UnknownBackend
from server import respond
from server.context import links, services
from server.local import publish

door = Blueprint("provenance", __name__)


@door.get("/models/<name:backend>/<name:version>")
def model(backend: str, version: str) -> Response:
    """A model as a W3C Software agent, with what its card tells."""
    try:
        info = services().recipes.info(Layer(backend, backend, version))
    except UnknownBackend as error:
        raise NotFound(f"There is no model {backend} {version} here: {error.args[0]}.") from error
    return respond.annotation(orjson.dumps(agent(info, links())))


@door.get("/runs/<revision:revision>")
def run(revision: str) -> Response:
    """The record of the run that made a reading."""
    reading = services().store.get_reading(revision)
    if reading is None:
        raise NotFound(f"No run {revision} is recorded here.")
    minted = links()
    return respond.annotation(publish(orjson.dumps(record(reading, minted)), minted.base))


@door.get("/ns/glossator/1/context.json")
def context() -> Response:
    """Our terms, for documents that use them."""
    return respond.linked_data(orjson.dumps(context_document(links())))
