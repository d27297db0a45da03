"""What was found in a book as a book of its own, for viewers that show no annotations."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response

from iiif_store.crop_manifest import crop_canvas, crop_manifest
from iiif_store.links import Version
from iiif_store.shape import JSON
from iiif_store.source import Source
from server import respond
from server.context import links, services
from server.local import publish
from server.web.opening import opened

door = Blueprint("crops", __name__, url_prefix="/iiif")


@door.get("/<version:version>/<key:source>/crops/manifest")
def manifest(version: Version, source: str) -> Response:
    """One canvas for each region that is computed; computes nothing."""
    found = opened(source).source
    return respond.presentation(_written(_document(found, version)), version, keep=None)


@door.get("/3/<key:source>/crops/canvas/<member:name>")
def canvas(source: str, name: str) -> Response:
    """One of its canvases."""
    found = opened(source).source
    return respond.presentation(_written(crop_canvas(_document(found, "3"), name, found, links())), "3", keep=None)


def _document(source: Source, version: Version) -> JSON:
    built = services()
    book = built.findings.published(source, links())
    return crop_manifest(book, built.sources.manifest(source), source, version)


def _written(document: JSON) -> bytes:
    return publish(orjson.dumps(document), links().base)
