"""The doors for people: paste a URL, look at it in a viewer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, request

from iiif_store.errors import GlossatorError
from iiif_store.links import VariantLinks, Version
from iiif_store.source import Layer, Source, source_id
from server import respond
from server.context import doors, links, services
from server.engine.types import ReadingTask
from server.errors import Problem
from server.local import SAMPLE, SCHEME, public
from server.web.opening import opened
from server.web.requests import ListRequest, parameters
from server.web.thumbnails import thumbnail
from server.web.titles import title

door = Blueprint("viewers", __name__)

SHELF = 24
"""Books on a page of the list."""

REGION = re.compile(r"[0-9]{1,7},[0-9]{1,7},[1-9][0-9]{0,6},[1-9][0-9]{0,6}")

VIEWERS = {"mirador": "Mirador", "uv": "Universal Viewer"}


@dataclass(frozen=True, slots=True)
class _Look:
    """What is chosen in the bar above a viewer."""

    viewer: str
    on: list[str]
    """Layers."""
    variant: str | None


@door.get("/")
def home() -> Response:
    """Paste a URL; below, what is here already."""
    return show_home(request.args.get("url", request.args.get("manifest", "")))


@door.get("/view/<key:source>")
def view(source: str) -> Response:
    """The enriched manifest in one of the bundled viewers; `?variant=` with what a model drew beside the originals."""
    found = opened(source).source
    viewer = request.args.get("viewer", "mirador")
    viewer = viewer if viewer in VIEWERS else "mirador"
    wanted = request.args.get("layers")
    on = [layer.name for layer in found.layers if wanted is None or layer.name in wanted.split(",")]
    return respond.page(f"view_{viewer}.html", **_frame(found, _Look(viewer, on, _variant(found))))


@door.get("/view/<key:source>/status")
def status(source: str) -> Response:
    """How far each layer is, and which pages are being computed now, for the line above the viewer."""
    found = opened(source).source
    return respond.data(doors().recent.get(found, lambda: _status(found)))


def show_home(url: str, error: Problem | None = None) -> Response:
    """The page with the form and the books; with `error` it says why the URL could not be opened."""
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


def _variant(source: Source) -> str | None:
    """The variant that is asked for, if the source has it."""
    asked = request.args.get("variant")
    return asked if source.kind == "manifest" and asked in services().pages.variants(source) else None


def _frame(source: Source, look: _Look) -> dict[str, Any]:
    """The variables of view.html."""
    minted, is_book = links(), source.kind == "manifest"
    chosen = "" if len(look.on) == len(source.layers) else "?" + urlencode({"layers": ",".join(look.on)})
    local = f"{minted.base}/iiif/3/{source.id}/original"
    return {
        "label": source.label or source.url,
        "original": local if source.url.startswith(SCHEME) else source.url,
        "manifest": _document(source, look, "3") + chosen,
        "manifest_v2": _document(source, look, "2") + chosen,
        "canvas": _canvas(source, look, request.args.get("canvas")) if is_book else None,
        "region": _region(request.args.get("region", "")) if is_book else None,
        "layers": [_switch(source, layer, look) for layer in source.layers] if is_book else [],
        "variants": _variants(source, look) if is_book else [],
        "viewers": [
            {"title": text, "href": _href(source, replace(look, viewer=name)), "on": name == look.viewer}
            for name, text in VIEWERS.items()
        ],
        "downloads": _downloads(source, look) if is_book else [],
        "crops": f"{minted.base}/view/{source.id}/found" if is_book else None,
        "status": f"{minted.base}/view/{source.id}/status" if is_book and source.layers else None,
    }


def _document(source: Source, look: _Look, version: Version) -> str:
    """The URL of what the viewer opens."""
    minted = links()
    if source.kind == "collection":
        return minted.collection(source.id, version)
    minted = VariantLinks(minted.base, look.variant, version) if look.variant else minted
    return minted.manifest(source.id, version)


def _region(asked: str) -> str | None:
    """x,y,width,height in canvas units, to open at."""
    return asked if REGION.fullmatch(asked) else None


def _canvas(source: Source, look: _Look, asked: str | None) -> str | None:
    """The canvas to open at: whoever comes from the variant or goes there stays at the page."""
    if asked is None:
        return None
    minted, known = links(), services().pages.variants(source)
    for canvas in services().sources.manifest(source).canvases:
        original = public(canvas.id, minted.base)
        names = {name: VariantLinks(minted.base, name).canvas(source.id, canvas.key) for name in known}
        if asked in (original, *names.values()):
            return names[look.variant] if look.variant else original
    return asked


def _downloads(source: Source, look: _Look) -> list[dict[str, Any]]:
    minted = links()
    found = [{"title": "All annotations (JSON-LD)", "href": minted.download(source.id)}]
    if look.variant and next(services().variants.pictures(source, look.variant), None):
        archive = VariantLinks(minted.base, look.variant).archive(source.id)
        found.append({"title": "The pictures drawn so far (ZIP)", "href": archive})
    return found


def _variants(source: Source, look: _Look) -> list[dict[str, Any]]:
    """A switch for each variant: one is on, or none."""
    return [
        {
            "name": name,
            "title": f"With {label} pictures",
            "on": name == look.variant,
            "href": _href(source, replace(look, variant=None if name == look.variant else name)),
        }
        for name, label in services().pages.variants(source).items()
    ]


def _switch(source: Source, layer: Layer, look: _Look) -> dict[str, Any]:
    others = [other.name for other in source.layers if (other.name in look.on) != (other.name == layer.name)]
    href = _href(source, replace(look, on=others))
    return {"name": layer.name, "title": title(layer), "on": layer.name in look.on, "href": href}


def _href(source: Source, look: _Look) -> str:
    """The view as `look` says; that all layers are on need not be told."""
    told = {} if len(look.on) == len(source.layers) else {"layers": ",".join(look.on)}
    told |= {"variant": look.variant} if look.variant else {}
    return f"{links().base}/view/{source.id}?{urlencode({'viewer': look.viewer} | told)}"


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
