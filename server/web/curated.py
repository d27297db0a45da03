"""The layer of what people wrote, beside those of the backends."""

from __future__ import annotations

from flask import Blueprint, Response

from iiif_store.curated import LAYER
from iiif_store.links import Version
from server import respond
from server.context import links, services
from server.web.opening import opened

door = Blueprint("curated", __name__, url_prefix="/iiif")


@door.get(f"/<version:version>/<key:source>/<key:canvas>/{LAYER}")
def page(version: Version, source: str, canvas: str) -> Response:
    """What people wrote on one canvas; kept warm until somebody writes."""
    found = opened(source)
    body = services().curated.page(found.source, canvas, links(), version)
    return respond.presentation(body, version, keep=found.keep, graph=True)


@door.get(f"/<version:version>/<key:source>/layers/{LAYER}")
def layer(version: Version, source: str) -> Response:
    """All its pages."""
    found = opened(source)
    body = services().curated.collection(found.source, links(), version)
    return respond.presentation(body, version, keep=found.keep, graph=True)
