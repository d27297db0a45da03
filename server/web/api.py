"""The JSON API for programs (design, section 6). Reading is public, writing is not; no page of another site gets in."""

from __future__ import annotations

from functools import partial
from itertools import chain

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from iiif_store.errors import NotFound
from iiif_store.links import Links
from iiif_store.source import Source
from ml_backends.types import UnknownBackend
from server import respond
from server.context import doors, links, services
from server.errors import BadInput
from server.layers import check_layers
from server.scans.scanner import finish
from server.services import Services
from server.web import openapi, rows, uploads
from server.web.events import stream
from server.web.guards import writers_only
from server.web.requests import JobRequest, ListRequest, SourceRequest, body, parameters

door = Blueprint("api", __name__, url_prefix="/api")
door.before_request(writers_only)


@door.post("/sources")
def register() -> ResponseReturnValue:
    """Register a manifest or collection, or make a manifest of uploaded scans. Again: adds backends."""
    if uploads.is_upload():
        return _scans()
    sent = body(request, SourceRequest)
    check_backends(sent.backends or ())
    with doors().limits.waiting():
        source, new = services().sources.register(sent.url, backends=sent.backends, policy=sent.policy)
    row = rows.source(source, links(), services().registry)
    where = f"{links().base}/api/sources/{source.id}"
    return respond.data(row, 201 if new else 200, [("Location", where)])


def _scans() -> ResponseReturnValue:
    work = uploads.work(uploads.received(check_backends))
    if uploads.wants_lines():
        return uploads.lines(work, partial(_row_of, links()))
    made = finish(work, lambda _done, _total, _doing: None)
    where = f"{links().base}/api/sources/{made.source.id}"
    return respond.data(_row_of(links(), made), 201 if made.new else 200, [("Location", where)])


def _row_of(minted: Links, made: uploads.Made) -> rows.JSON:
    return rows.source(made.source, minted, services().registry) | {"scans": made.scanned.told()}


@door.get("/sources")
def sources() -> ResponseReturnValue:
    """List what is registered, in order of id."""
    sent = parameters(request.args.to_dict(), ListRequest)
    found = services().store.sources(sent.after, sent.limit)
    following = f"{links().base}/api/sources?after={found[-1].id}&limit={sent.limit}" if found else None
    items = [rows.source(row, links(), services().registry) for row in found]
    return respond.data({"items": items, "next": following if len(found) == sent.limit else None})


@door.get("/sources/<key:source>")
def source(source: str) -> ResponseReturnValue:
    """Show one source."""
    return respond.data(rows.source(live(source), links(), services().registry))


@door.delete("/sources/<key:source>")
def delete(source: str) -> ResponseReturnValue:
    """Delete a source; its URLs answer 410 from then on."""
    services().sources.delete(live(source))
    return respond.nothing()


@door.post("/jobs")
def start() -> ResponseReturnValue:
    """Ask for all readings of some sources by some backends."""
    sent = body(request, JobRequest)
    check_backends(sent.backends)
    job = services().jobs.ask(sent.sources, sent.backends, by=doors().rights.demand(request))
    return respond.data(shown(job.id, services(), links()), 202, [("Location", links().job(job.id))])


@door.get("/jobs")
def jobs() -> ResponseReturnValue:
    """List the newest jobs, without their counts."""
    sent = parameters(request.args.to_dict(), ListRequest)
    return respond.data({"items": [rows.job_record(job, links()) for job in services().store.jobs(sent.limit)]})


@door.get("/jobs/<name:job>")
def job(job: str) -> ResponseReturnValue:
    """Show how far a job is."""
    return respond.data(shown(job, services(), links()))


@door.get("/jobs/<name:job>/events")
def events(job: str) -> ResponseReturnValue:
    """Follow a job as server-sent events: `progress` at every change, `end` when it has ended."""
    minted, own = links(), doors()
    look = partial(own.recent.get, (job, minted.base), partial(shown, job, services(), minted))  # once for all
    look()
    told = stream(look, own.limits.following())
    first = next(told)  # takes a thread for it, or says that none is left
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(chain([first], told), 200, headers, content_type="text/event-stream")


@door.get("/backends")
def backends() -> ResponseReturnValue:
    """List the backends that are installed, and which are loaded."""
    registry, loaded = services().registry, services().engine.status().backends
    return respond.data({"items": [rows.backend(name, registry, loaded) for name in registry.names()]})


@door.get("/openapi.json")
def description() -> ResponseReturnValue:
    """Describe this API in OpenAPI 3.1, made from its routes."""
    return respond.data(openapi.describe(current_app, links().base))


def live(source: str) -> Source:
    """The source that is registered under this id; raises NotFound, Gone."""
    found = services().store.get_source(source)
    if found is None:
        raise NotFound(f"There is no source {source}. GET /api/sources lists them.")
    return services().sources.open(source)


def check_backends(names: tuple[str, ...]) -> None:
    """Raises BadInput for a layer whose backend is not installed, or not in that version; BackendUnavailable for one
    that lacks what it needs."""
    try:
        check_layers(names, services().registry)
    except UnknownBackend as error:
        raise BadInput(f"{error.args[0]}. GET /api/backends lists what there is.") from error


def shown(job: str, built: Services, minted: Links) -> rows.JSON:
    """A job with how far it is; raises NotFound."""
    found = built.jobs.find(job)
    return rows.job(found, minted, built.jobs.counts(found))
