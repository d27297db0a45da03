"""`/open`: to a book by its URL, by a content state in each of its forms, or by the link of another viewer."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from flask import Blueprint, Response, request

from iiif_store.content_state import Place, decode, place
from iiif_store.errors import GlossatorError
from iiif_store.shape import kind
from iiif_store.source import Source, source_id
from ml_backends.types import BackendUnavailable
from server import respond
from server.context import doors, links, services
from server.errors import problem_of
from server.web.api import check_backends
from server.web.opening import opened
from server.web.paths import KeyPart
from server.web.requests import OpenRequest, parameters
from server.web.viewers import show_home

door = Blueprint("arriving", __name__)

ACCEPT = "application/ld+json, application/json;q=0.9"


@door.route("/open", methods=["GET", "POST"])
def open_url() -> Response:
    """Register what is asked for if this client may, and go to the place in the viewer, or to the manifest if JSON is
    asked for."""
    values = request.values
    names = [name for part in values.getlist("backends") for name in part.split(",") if name]
    try:
        wanted = _wanted()
        source = _source(parameters({"url": wanted.manifest, "backends": names}, OpenRequest))
    except (GlossatorError, BackendUnavailable) as error:
        if respond.wants_html():
            return show_home(values.get("url", ""), problem_of(error))
        raise
    minted = links()
    document = minted.collection if source.kind == "collection" else minted.manifest
    return respond.elsewhere(_view(source, wanted) if respond.wants_html() else document(source.id), vary="Accept")


def _wanted() -> Place:
    """What the request points to. Raises BadState."""
    state = request.get_data(as_text=True) if request.is_json else request.values.get("iiif-content")
    if state is None:
        url = request.values.get("url", "")
        return _of_link(url) or Place(url)
    found = decode(state)
    return _dereferenced(found) if isinstance(found, str) else place(found)


def _of_link(url: str) -> Place | None:
    """A viewer's link that was pasted for that of a manifest: what it opens is among its parameters."""
    try:
        parts = urlsplit(url)
        told = {name: values[0] for part in (parts.fragment.lstrip("?"), parts.query) for name, values in _query(part)}
    except ValueError:
        return None
    if "iiif-content" in told:
        found = decode(told["iiif-content"])
        return Place(found) if isinstance(found, str) else place(found)
    if told.get("manifest", "").startswith(("http://", "https://")):
        return Place(told["manifest"], told.get("canvas"))
    return None


def _query(text: str) -> list[tuple[str, list[str]]]:
    return list(parse_qs(text, max_num_fields=50).items())


def _dereferenced(uri: str) -> Place:
    """A bare URI may be that of a manifest or of an annotation; only what is not known here has to be fetched."""
    if _ours(uri) or services().store.get_source(source_id(uri)) is not None:
        return Place(uri)
    doors().rights.demand(request)
    with doors().limits.waiting():
        body = services().remote.get(uri, accept=ACCEPT).body
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Place(uri)  # registering it will say what is wrong
    is_annotation = isinstance(document, dict) and kind(document) == "Annotation"
    return place(document) if is_annotation else Place(uri)


def _ours(uri: str) -> str | None:
    """The id of a source, if the URI is that of one of our manifests or collections."""
    pattern = rf"{re.escape(links().base)}/iiif/(?:[23]/)?({KeyPart.regex})(?:/(?:manifest|collection))?"
    found = re.fullmatch(pattern, uri.partition("?")[0])
    return found[1] if found else None


def _source(sent: OpenRequest) -> Source:
    """The source of a URL; registering one, or adding a layer to it, takes the right to write."""
    if ours := _ours(sent.url):
        return opened(ours).source
    known = services().store.get_source(source_id(sent.url))
    if known and not known.deleted and {layer.name for layer in known.layers} >= set(sent.backends):
        return known
    doors().rights.demand(request)
    check_backends(sent.backends)
    with doors().limits.waiting():
        return services().sources.register(sent.url, backends=sent.backends or None)[0]


def _view(source: Source, wanted: Place) -> str:
    """The viewer, at the canvas and region that are wanted."""
    told = {"canvas": wanted.canvas} if wanted.canvas else {}
    told |= {"region": ",".join(map(str, wanted.region))} if wanted.canvas and wanted.region else {}
    view = links().view(source.id)
    return f"{view}&{urlencode(told)}" if told else view
