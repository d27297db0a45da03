"""The IIIF doors: collections, manifests, annotation pages and what gathers them (design, section 6)."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from iiif_store.curated import LAYER
from iiif_store.enrich import enrich_collection
from iiif_store.errors import NotFound
from iiif_store.links import Version
from iiif_store.search.declared import with_search
from iiif_store.source import Source
from server import respond
from server.context import links, services
from server.local import SCHEME, publish
from server.negotiation import presentation_version
from server.web.computing import may_compute, read
from server.web.opening import is_known, opened

door = Blueprint("presentation", __name__, url_prefix="/iiif")


@door.get("/<version:version>/<key:source>/collection")
def collection(version: Version, source: str) -> Response:
    """An enriched collection; its members are registered when they are opened."""
    if _starts_nothing(source):
        return respond.unread(version)
    found = opened(source, refresh=request.method == "GET")
    document = enrich_collection(
        services().sources.collection(found.source), source=found.source, links=links(), version=version
    )
    document = with_search(document, source, links=links(), version=version, first=False)
    return respond.presentation(orjson.dumps(document), version, keep=found.keep, age=found.age)


@door.get("/<version:version>/<key:source>/manifest")
def manifest(version: Version, source: str) -> Response:
    """The enriched manifest; `?layers=a,b` only with some of its layers. Computes nothing."""
    if _starts_nothing(source):
        return respond.unread(version)
    found = opened(source, refresh=request.method == "GET")
    asked = request.args.get("layers")
    names = [LAYER, *(layer.name for layer in found.source.layers)] if asked is None else asked.split(",")
    body = services().pages.manifest(found.source, links(), version, layers=names, all_pages=may_compute(found.source))
    service = ("Link", f'<{links().annotations(source)}>; rel="http://www.w3.org/ns/oa#annotationService"')
    return respond.presentation(body, version, keep=found.keep, age=found.age, headers=[service])


@door.get("/3/<key:source>/original")
def original(source: str) -> Response:
    """The manifest of a book that lives here, as it is without us."""
    found = opened(source)
    if not found.source.url.startswith(SCHEME):
        raise NotFound(f"The original of source {source} is at its publisher: {found.source.url}")
    body = publish(services().store.get_snapshot(found.source.snapshot), links().base)
    return respond.presentation(body, "3", keep=found.keep)


@door.get("/<version:version>/<key:source>/<key:canvas>/<layer:layer>")
def page(version: Version, source: str, canvas: str, layer: str) -> Response:
    """The annotations of one canvas. The first GET waits for the model; HEAD never does."""
    found = opened(source)
    place = services().pages.find(found.source, canvas, layer)
    reading = read(place, version)
    services().search.shown(place.source, place.canvas, place.layer)
    body = services().pages.page(place, reading, links(), version)
    return respond.presentation(body, version, keep=found.keep, graph=True)


@door.get("/<version:version>/<key:source>/layers/<layer:layer>")
def layer(version: Version, source: str, layer: str) -> Response:
    """All pages of a layer; `total` only when all of them are computed."""
    found = opened(source)
    body = services().pages.collection(found.source, layer, links(), version)
    return respond.presentation(body, version, keep=None, graph=True)


@door.get("/<key:source>")
def negotiated(source: str) -> Response:
    """To the version that the Accept header asks for by its profile, else to the newest."""
    version = presentation_version(request.headers.get("Accept", ""))
    if _starts_nothing(source):
        return respond.elsewhere(links().manifest(source, version), vary="Accept")
    return respond.elsewhere(_uri(opened(source).source, version), vary="Accept")


def _starts_nothing(source: str) -> bool:
    """A HEAD on the member of a collection that nobody has opened yet, which would have to be fetched."""
    return request.method == "HEAD" and not is_known(source) and services().store.find_member(source) is not None


def _uri(source: Source, version: Version) -> str:
    mint = links().collection if source.kind == "collection" else links().manifest
    return mint(source.id, version)
