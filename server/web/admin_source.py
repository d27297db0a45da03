"""One source in the admin pages: how far it is, what failed, and everything that can be done with it."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, flash, request
from flask.typing import ResponseReturnValue

from iiif_store.errors import GlossatorError
from iiif_store.links import VariantLinks
from iiif_store.source import Layer, Policy, Source
from iiif_store.stores.base import Failure
from server import respond
from server.context import doors, links, services
from server.errors import BadInput, Problem, problem_of
from server.layers import Layers, layer_of
from server.scans.scanner import name_in
from server.scans.unused import unused_with
from server.web.admin import POLICIES, number, said
from server.web.api import check_backends, live
from server.web.guards import admit, closed, logged_in
from server.web.titles import lack, title

door = Blueprint("admin_source", __name__, url_prefix="/admin/sources/<key:source>")
door.before_request(admit)
door.after_request(closed)
door.context_processor(logged_in)

FAILURES = 200
"""Rows that are shown."""


@door.get("")
def show(source: str) -> Response:
    """All about one source."""
    return _shown(live(source))


@door.get("/progress")
def progress(source: str) -> Response:
    """Its figures for the list of sources."""
    found = live(source)
    return respond.page("admin/progress.html", layers=[_layer(found, layer) for layer in found.layers])


@door.post("/layers")
def layers(source: str) -> ResponseReturnValue:
    """Add or remove a layer. What a removed one has computed stays."""
    found, added, removed = live(source), request.form.get("add"), request.form.get("remove")
    if added:
        check_backends((added,))

    def chosen(layers: Layers) -> Layers:
        kept = (layer for layer in layers if layer.name not in (removed, added))
        return (*kept, layer_of(added)) if added else tuple(kept)

    services().sources.change(found, layers=chosen)
    return _done(source, "The layer is added." if added else "The layer is removed; what it computed is kept.")


@door.post("/policy")
def policy(source: str) -> ResponseReturnValue:
    """Who may have pages computed."""
    chosen = request.form.get("policy", "")
    if chosen not in POLICIES:
        raise BadInput(f"{chosen!r} is no policy; it must be one of {', '.join(POLICIES)}.")
    services().sources.change(live(source), policy=cast(Policy, chosen))
    return _done(source, f"Pages are computed for {POLICIES[chosen]}.")


@door.post("/refusal")
def refusal(source: str) -> ResponseReturnValue:
    """Override a publisher's no-AI statement, or respect it again; both are logged."""
    overridden = bool(request.form.get("overridden"))
    services().sources.change(live(source), overridden=overridden)
    return _done(source, "The statement is overridden." if overridden else "The statement is respected.")


@door.post("/compute")
def compute(source: str) -> ResponseReturnValue:
    """Start a job for all pages of a layer."""
    found = live(source)
    layer = services().pages.layer(found, request.form.get("layer", ""))
    services().jobs.ask((found.id,), (layer.name,), by=doors().rights.demand(request))
    return respond.elsewhere(f"{request.script_root}/admin/work")


@door.post("/retry")
def retry(source: str) -> ResponseReturnValue:
    """Forget one failure, or all of this source, and ask again below everything on demand."""
    built, found = services(), live(source)
    wanted = request.form.get("revision")
    failed = {row.revision for row in built.store.failures(source) if wanted in (None, row.revision)}
    for revision in failed:
        built.store.clear_failure(revision)
    manifest = built.sources.manifest(found)
    tasks = (task for layer in found.layers for task in built.recipes.tasks(found, manifest, layer))
    built.engine.prefetch([task for task in tasks if task.revision in failed])
    return _done(source, f"{len(failed)} {'page is' if len(failed) == 1 else 'pages are'} tried again.")


@door.post("/refresh")
def refresh(source: str) -> ResponseReturnValue:
    """Ask the publisher now."""
    found = live(source)
    try:
        with doors().limits.waiting():
            updated = services().sources.refresh(found)
    except GlossatorError as error:
        return _shown(found, problem_of(error, whole=True))
    if updated.fetched == found.fetched and updated is found:
        return _done(source, "The publisher gave no usable answer; the copy we have stays.")
    return _done(source, "It has not changed." if updated.snapshot == found.snapshot else "There is a new state.")


@door.post("/delete")
def delete(source: str) -> ResponseReturnValue:
    """Leave a tombstone. Scans that are lost with it have to be agreed to."""
    found = live(source)
    scans = scanned(found)
    if scans and scans["count"] and not request.form.get("confirmed"):
        raise BadInput("The scans of this book would be deleted from this server. Tick the box if that is meant.")
    services().sources.delete(found)
    flash(f"“{found.label or found.url}” is deleted.")
    return respond.elsewhere(f"{request.script_root}/admin/")


def _done(source: str, message: str) -> Response:
    flash(message)
    return respond.elsewhere(f"{request.script_root}/admin/sources/{source}")


def _shown(source: Source, error: Problem | None = None) -> Response:
    minted, names = links(), {layer.name for layer in source.layers}
    mint = minted.collection if source.kind == "collection" else minted.manifest
    return respond.page(
        "admin/source.html",
        error.status if error else 200,
        section="sources",
        said=said(),
        error=error,
        source=source,
        urls={
            "self": f"{request.script_root}/admin/sources/{source.id}",
            "view": minted.view(source.id),
            "manifest": mint(source.id, "3"),
            "manifest_v2": mint(source.id, "2"),
            "download": minted.download(source.id),
        },
        variants=_variants(source) if source.kind == "manifest" else [],
        scans=scanned(source),
        layers=[_layer(source, layer) for layer in source.layers],
        addable=[{"name": name, "title": title(layer_of(name))} for name in _usable() if name not in names],
        running=_running(source),
        failures=[_failure(source, failure) for failure in services().store.failures(source.id, FAILURES)],
        policies=[{"name": name, "title": text} for name, text in POLICIES.items()],
    )


def scanned(source: Source) -> dict[str, Any] | None:
    """Of a folder of scans its name, and how many would go with it."""
    name = name_in(source.url)
    return {"name": name, "count": len(unused_with(services().store, source))} if name else None


def _variants(source: Source) -> list[dict[str, str]]:
    minted = links()
    return [
        {
            "label": label,
            "view": f"{minted.view(source.id)}&variant={name}",
            "manifest": VariantLinks(minted.base, name).manifest(source.id),
        }
        for name, label in services().pages.variants(source).items()
    ]


def _usable() -> list[str]:
    registry = services().registry
    return [name for name in registry.names() if registry.problem(name) is None]


def _layer(source: Source, layer: Layer) -> dict[str, Any]:
    missing = lack(layer)
    found = services().pages.progress(source, layer) if source.kind == "manifest" and not missing else None
    return {
        "name": layer.name,
        "title": title(layer),
        "version": layer.version or (None if missing else services().recipes.info(layer).version),
        "problem": missing,
        "done": found and found.done,
        "failed": found and found.failed,
        "total": found and found.total,
    }


def _running(source: Source) -> list[dict[str, Any]]:
    tasks = [task for task in services().engine.status().computing if task.source == source.id]
    return [{"page": number(source, task.canvas), "title": title(layer_of(task.recipe.backend))} for task in tasks]


def _failure(source: Source, failure: Failure) -> dict[str, Any]:
    document = services().sources.document(source)
    canvases = {canvas.key: canvas.label for canvas in getattr(document, "canvases", ())}
    return {
        "revision": failure.revision,
        "page": number(source, failure.canvas),
        "label": canvases.get(failure.canvas, ""),
        "title": title(layer_of(failure.backend)),
        "reason": failure.reason,
        "count": failure.count,
        "last": failure.last,
        "next_try": failure.next_try,
    }
