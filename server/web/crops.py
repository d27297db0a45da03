"""What was found in a book as a book of its own, for viewers that show no annotations."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from iiif_store.crop_manifest import crop_canvas, crop_manifest
from iiif_store.links import Version
from iiif_store.shape import JSON
from iiif_store.source import Source
from server import respond
from server.context import links, services
from server.local import publish
from server.web.opening import opened
from server.web.viewers import VIEWERS

door = Blueprint("crops", __name__)


@door.get("/iiif/<version:version>/<key:source>/crops/manifest")
def manifest(version: Version, source: str) -> Response:
    """One canvas for each region that is computed; computes nothing."""
    found = opened(source).source
    return respond.presentation(_written(_document(found, version)), version, keep=None)


@door.get("/view/<key:source>/found")
def view(source: str) -> Response:
    """The book of what was found in a viewer, with the way back to the book itself."""
    found, minted = opened(source).source, links()
    _document(found, "3")  # raises NotFound, which says what to do, rather than leaving it to the viewer
    viewer = request.args.get("viewer") if request.args.get("viewer") in VIEWERS else "uv"
    here = f"{minted.base}/view/{source}/found"
    return respond.page(
        f"view_{viewer}.html",
        label=f"{found.label or found.url}: what was found",
        original=minted.view(found.id),
        manifest=minted.crops(found.id),
        manifest_v2=minted.crops(found.id, "2"),
        canvas=request.args.get("canvas"),
        region=None,
        layers=[],
        variants=[],
        viewers=[
            {"title": text, "href": f"{here}?viewer={name}", "on": name == viewer} for name, text in VIEWERS.items()
        ],
        downloads=[],
        status=None,
        crops=None,
    )


@door.get("/iiif/3/<key:source>/crops/canvas/<member:name>")
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
