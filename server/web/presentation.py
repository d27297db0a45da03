"""The IIIF doors: collections, manifests, annotation pages and what gathers them (design, section 6)."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from iiif_store.enrich import enrich_collection
from iiif_store.errors import NotFound
from iiif_store.links import Version
from iiif_store.source import Source
from iiif_store.vocabulary import PRESENTATION_2, PRESENTATION_3
from ml_backends.types import BackendUnavailable
from server import respond
from server.context import doors, links, services
from server.errors import NotComputed, TokenNeeded
from server.journal import note
from server.local import SCHEME, publish
from server.negotiation import presentation_version
from server.pages import Place
from server.web.opening import is_known, opened

door = Blueprint("presentation", __name__, url_prefix="/iiif")

TITLE = "Books with machine-made annotations"


@door.get("/<version:version>/collection")
def everything(version: Version) -> Response:
    """A collection of all sources."""
    minted, shelf = links(), []
    after = ""
    while found := services().store.sources(after, 1000):
        shelf += [_entry(source, version) for source in found]
        after = found[-1].id
    uri = minted.collections(version)
    if version == "3":
        label = {"en": [TITLE]}
        document = {"@context": PRESENTATION_3, "id": uri, "type": "Collection", "label": label, "items": shelf}
    else:
        document = {"@context": PRESENTATION_2, "@id": uri, "@type": "sc:Collection", "label": TITLE, "members": shelf}
    return respond.presentation(orjson.dumps(document), version, keep=None)


@door.get("/<version:version>/<key:source>/collection")
def collection(version: Version, source: str) -> Response:
    """An enriched collection; its members are registered when they are opened."""
    if _starts_nothing(source):
        return respond.unread(version)
    found = opened(source, refresh=request.method == "GET")
    document = enrich_collection(
        services().sources.collection(found.source), source=found.source, links=links(), version=version
    )
    return respond.presentation(orjson.dumps(document), version, keep=found.keep, age=found.age)


@door.get("/<version:version>/<key:source>/manifest")
def manifest(version: Version, source: str) -> Response:
    """The enriched manifest; `?layers=a,b` only with some of its layers. Computes nothing."""
    if _starts_nothing(source):
        return respond.unread(version)
    found = opened(source, refresh=request.method == "GET")
    asked = request.args.get("layers")
    names = [layer.name for layer in found.source.layers] if asked is None else asked.split(",")
    body = services().pages.manifest(found.source, links(), version, layers=names, all_pages=_may_compute(found.source))
    return respond.presentation(body, version, keep=found.keep, age=found.age)


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
    note(request.environ, revision=place.task.revision[:16])
    reading = services().pages.stored(place)
    if reading is None:
        if request.method == "HEAD":
            return respond.unread(version)
        _claim_a_share(place)
        reading = services().pages.compute(place)
    return respond.presentation(services().pages.page(place, reading, links(), version), version, keep=found.keep)


@door.get("/<version:version>/<key:source>/layers/<layer:layer>")
def layer(version: Version, source: str, layer: str) -> Response:
    """All pages of a layer; `total` only when all of them are computed."""
    found = opened(source)
    return respond.presentation(services().pages.collection(found.source, layer, links(), version), version, keep=None)


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


def _may_compute(source: Source) -> bool:
    """Whether this client's GET of a page may make a model run (design, section 4)."""
    policy = source.effective_policy
    return policy == "open" or (policy == "token" and doors().rights.writer(request) is not None)


def _claim_a_share(place: Place) -> None:
    """Raises BackendUnavailable where nobody, and TokenNeeded, NotComputed or TooManyRequests where this client may not
    have the page computed."""
    if lack := services().recipes.problem(place.layer):
        raise BackendUnavailable(lack)
    policy = place.source.effective_policy
    if not _may_compute(place.source):
        if policy == "token":
            raise TokenNeeded("This page is not computed yet, and only who has a token may have it computed.")
        why = place.source.refusal if policy == "off" and place.source.refusal else f"the policy is {policy!r}"
        raise NotComputed(f"This page is not computed, and looking at it does not start a model here: {why}.")
    doors().limits.count(request.remote_addr or "unknown")


def _entry(source: Source, version: Version) -> dict[str, object]:
    uri, label = _uri(source, version), source.label or source.url
    kind = "Collection" if source.kind == "collection" else "Manifest"
    if version == "3":
        return {"id": uri, "type": kind, "label": {"none": [label]}}
    return {"@id": uri, "@type": f"sc:{kind}", "label": label}


def _uri(source: Source, version: Version) -> str:
    mint = links().collection if source.kind == "collection" else links().manifest
    return mint(source.id, version)
