"""The doors for people: paste a URL, look at it in a viewer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, request

from iiif_store.errors import GlossatorError
from iiif_store.source import Layer, Source, source_id
from ml_backends.types import BackendUnavailable
from server import respond
from server.context import doors, links, services
from server.engine.types import ReadingTask
from server.errors import Problem, problem_of
from server.local import SAMPLE, SCHEME
from server.web.api import check_backends
from server.web.opening import opened
from server.web.requests import ListRequest, OpenRequest, parameters
from server.web.thumbnails import thumbnail
from server.web.titles import title

door = Blueprint("viewers", __name__)

SHELF = 24
"""Books on a page of the list."""

VIEWERS = {"mirador": "Mirador", "uv": "Universal Viewer"}


@door.get("/")
def home() -> Response:
    """Paste a URL; below, what is here already."""
    return _home(request.args.get("url", request.args.get("manifest", "")))


@door.route("/open", methods=["GET", "POST"])
def open_url() -> Response:
    """Register the URL if this client may, and go to the viewer, or to the manifest if JSON is asked for."""
    values = request.values
    names = [name for part in values.getlist("backends") for name in part.split(",") if name]
    sent = parameters({"url": values.get("url", ""), "backends": names}, OpenRequest)
    try:
        source = _source(sent)
    except (GlossatorError, BackendUnavailable) as error:
        if respond.wants_html():
            return _home(sent.url, problem_of(error))
        raise
    minted = links()
    document = minted.collection if source.kind == "collection" else minted.manifest
    return respond.elsewhere(minted.view(source.id) if respond.wants_html() else document(source.id), vary="Accept")


@door.get("/view/<key:source>")
def view(source: str) -> Response:
    """The enriched manifest in one of the bundled viewers."""
    found = opened(source).source
    viewer = request.args.get("viewer", "mirador")
    viewer = viewer if viewer in VIEWERS else "mirador"
    wanted = request.args.get("layers")
    on = [layer.name for layer in found.layers if wanted is None or layer.name in wanted.split(",")]
    return respond.page(f"view_{viewer}.html", **_frame(found, viewer, on))


@door.get("/view/<key:source>/status")
def status(source: str) -> Response:
    """How far each layer is, and which pages are being computed now, for the line above the viewer."""
    found = opened(source).source
    return respond.data(doors().recent.get(found, lambda: _status(found)))


def _source(sent: OpenRequest) -> Source:
    """The source of a URL; registering one, or adding a layer to it, takes the right to write."""
    known = services().store.get_source(source_id(sent.url))
    if known and not known.deleted and {layer.name for layer in known.layers} >= set(sent.backends):
        return known
    doors().rights.demand(request)
    check_backends(sent.backends)
    with doors().limits.waiting():
        return services().sources.register(sent.url, backends=sent.backends or None)[0]


def _home(url: str, error: Problem | None = None) -> Response:
    built, minted = services(), links()
    may_register = doors().rights.writer(request) is not None
    sent = parameters({"after": request.args.get("after", "")}, ListRequest)
    found = built.store.sources(sent.after, SHELF + 1)
    sample = may_register or built.store.get_source(source_id(SAMPLE)) is not None
    return respond.page(
        "home.html",
        error.status if error else 200,
        url=url,
        error=error,
        may_register=may_register,
        sample=f"{minted.base}/open?url={SAMPLE}" if sample else None,
        sources=[_book(source) for source in found[:SHELF]],
        next=f"{minted.home()}?after={found[SHELF - 1].id}" if len(found) > SHELF else None,
        collection=minted.collections(),
    )


def _book(source: Source) -> dict[str, Any]:
    return {
        "label": source.label or source.url,
        "view": links().view(source.id),
        "kind": source.kind,
        "publisher": urlsplit(source.url).hostname or "this server",
        "pages": source.canvases if source.kind == "manifest" else None,
        "layers": [title(layer) for layer in source.layers],
        "thumbnail": _thumbnail(source),
    }


def _thumbnail(source: Source) -> dict[str, Any] | None:
    try:
        return thumbnail(services().sources.document(source), links().base)
    except GlossatorError:  # one book that is damaged does not hide the others
        return None


def _frame(source: Source, viewer: str, on: list[str]) -> dict[str, Any]:
    """The variables of view.html."""
    minted, is_book = links(), source.kind == "manifest"
    mint = minted.manifest if is_book else minted.collection
    chosen = "" if len(on) == len(source.layers) else "?" + urlencode({"layers": ",".join(on)})
    local = f"{minted.base}/iiif/3/{source.id}/original"
    return {
        "label": source.label or source.url,
        "original": local if source.url.startswith(SCHEME) else source.url,
        "manifest": mint(source.id, "3") + chosen,
        "manifest_v2": mint(source.id, "2") + chosen,
        "canvas": request.args.get("canvas"),
        "layers": [_switch(source, layer, viewer, on) for layer in source.layers] if is_book else [],
        "viewers": [
            {"title": text, "href": _href(source, name, on), "on": name == viewer} for name, text in VIEWERS.items()
        ],
        "downloads": [{"title": "All annotations (JSON-LD)", "href": minted.download(source.id)}] if is_book else [],
        "status": f"{minted.base}/view/{source.id}/status" if is_book and source.layers else None,
    }


def _switch(source: Source, layer: Layer, viewer: str, on: list[str]) -> dict[str, Any]:
    is_on = layer.name in on
    others = [other.name for other in source.layers if (other.name in on) != (other.name == layer.name)]
    return {"name": layer.name, "title": title(layer), "on": is_on, "href": _href(source, viewer, others)}


def _href(source: Source, viewer: str, on: list[str]) -> str:
    """The view with these layers; all of them need not be told."""
    told = {} if len(on) == len(source.layers) else {"layers": ",".join(on)}
    return f"{links().base}/view/{source.id}?{urlencode({'viewer': viewer} | told)}"


def _status(source: Source) -> dict[str, Any]:
    manifest = services().sources.manifest(source)
    running = [task for task in services().engine.status().computing if task.source == source.id]
    numbers = {canvas.key: number for number, canvas in enumerate(manifest.canvases, 1)}
    layers = [layer for layer in source.layers if services().pages.usable(layer)]
    return {
        "canvases": len(manifest.pictured),
        "layers": [_state(source, layer) | {"running": _numbers(running, layer, numbers)} for layer in layers],
    }


def _state(source: Source, layer: Layer) -> dict[str, Any]:
    found = services().pages.progress(source, layer)
    return {"name": layer.name, "title": title(layer), "done": found.done, "failed": found.failed}


def _numbers(tasks: list[ReadingTask], layer: Layer, numbers: dict[str, int]) -> list[int]:
    """The page numbers, from 1, of what is being computed for a layer."""
    return sorted(
        numbers[task.canvas] for task in tasks if task.recipe.backend == layer.backend and task.canvas in numbers
    )
