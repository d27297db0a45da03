"""What an annotation says about where it comes from, made to dereference: models, runs, our JSON-LD context."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response

from iiif_store.errors import NotFound
from iiif_store.jsonld import context_document
from iiif_store.links import Links
from iiif_store.reading import Reading
from iiif_store.vocabulary import WEB_ANNOTATION
from ml_backends.types import BackendInfo, UnknownBackend
from server import respond
from server.context import links, services
from server.local import publish

door = Blueprint("provenance", __name__)


@door.get("/models/<name:backend>/<name:version>")
def model(backend: str, version: str) -> Response:
    """A model as a W3C Software agent, with what its card tells."""
    try:
        info = services().registry.info(backend, version)
    except UnknownBackend as error:
        raise NotFound(f"There is no model {backend} {version} here: {error.args[0]}.") from error
    return respond.annotation(orjson.dumps(_agent(info, links())))


@door.get("/runs/<revision:revision>")
def run(revision: str) -> Response:
    """The record of the run that made a reading."""
    reading = services().store.get_reading(revision)
    if reading is None:
        raise NotFound(f"No run {revision} is recorded here.")
    minted = links()
    return respond.annotation(publish(orjson.dumps(_record(reading, minted)), minted.base))


@door.get("/ns/glossator/1/context.json")
def context() -> Response:
    """Our terms, for documents that use them."""
    return respond.linked_data(orjson.dumps(context_document(links())))


def _agent(info: BackendInfo, links: Links) -> dict[str, Any]:
    agent = {
        "@context": [WEB_ANNOTATION, links.context()],
        "id": links.model(info.name, info.version),
        "type": "Software",
        "name": f"{info.name} {info.version}",
        "homepage": info.homepage,
        "title": info.title,
        "labels": list(info.labels),
        "concepts": dict(info.concepts),
        "threshold": info.threshold,
        "scoreType": info.score_type,
        "weights": [{"name": file.name, "sha256": file.sha256} for file in info.weights],
        "licence": info.licence,
    }
    return {key: value for key, value in agent.items() if value not in (None, [], {})}


def _record(reading: Reading, links: Links) -> dict[str, Any]:
    recipe = reading.recipe
    return {
        "@context": [WEB_ANNOTATION, links.context()],
        "id": links.run(reading.revision),
        "type": "Run",
        "model": links.model(recipe.backend, recipe.version),
        "weights": recipe.weights,
        "parameters": dict(recipe.parameters),
        "inputs": list(reading.inputs),
        "digest": reading.digest,
        "width": reading.width,
        "height": reading.height,
        "started": reading.started,
        "ended": reading.ended,
        "device": reading.device,
        "software": reading.software,
        "findings": len(reading.findings),
    }
