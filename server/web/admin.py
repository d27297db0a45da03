"""The admin web page: what is registered, what computes, what is stored. Plain forms; htmx only refreshes figures."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import Any

from flask import Blueprint, Response, flash, get_flashed_messages, request
from flask.typing import ResponseReturnValue

from iiif_store.errors import GlossatorError
from iiif_store.manifest import Manifest
from iiif_store.source import Source
from iiif_store.stores.base import Job
from ml_backends.types import BackendUnavailable
from server import respond
from server.context import doors, services
from server.engine.types import EngineStatus, ReadingTask, Urgency
from server.errors import Problem, problem_of
from server.jobs import actions
from server.layers import layer_of
from server.scans.scanner import finish
from server.web import rows, uploads
from server.web.api import check_backends
from server.web.guards import admit, closed, logged_in
from server.web.requests import ListRequest, OpenRequest, parameters
from server.web.titles import title

door = Blueprint("admin", __name__, url_prefix="/admin")
door.before_request(admit)
door.after_request(closed)
door.context_processor(logged_in)

SHELF = 50
"""Sources on a page of the list."""

JOBS = 20

LEFT_OUT = 10
"""Files of an upload that are named; a cookie holds no more."""

POLICIES = {
    "open": "everybody who looks at a page",
    "token": "those who have a token",
    "batch": "jobs only",
    "off": "nobody",
}

WAITING: tuple[tuple[Urgency, str], ...] = (("now", "on demand"), ("soon", "read ahead"), ("later", "in jobs"))

PARTS = {
    "readings": ("Readings", "what models found; computed once, kept for ever"),
    "sources": ("Sources", "addresses, layers, settings"),
    "sources/snapshots": ("Manifests", "as their publishers wrote them, every state"),
    "curated": ("Curated", "what people made"),
    "jobs": ("Jobs", "what was asked for, and how it ended"),
    "blobs": ("Images", "scans that were added, and what models drew"),
    "backups": ("Back-ups", "from before migrations; delete them by hand"),
    "cache": ("Cache", "what publishers sent; may be deleted"),
    "pages": ("Pages", "may be deleted"),
    "run": ("Keys and locks", "of the engine; may be deleted while nothing runs"),
}


@door.get("/")
def sources() -> Response:
    """What is registered."""
    return _sources()


@door.post("/sources")
def add() -> ResponseReturnValue:
    """Register what was typed."""
    sent = parameters({"url": request.form.get("url", "")}, OpenRequest)
    try:
        with doors().limits.waiting():
            source, new = services().sources.register(sent.url)
    except (GlossatorError, BackendUnavailable) as error:
        return _sources(sent.url, problem_of(error, whole=True))
    flash("Added." if new else "It is here already.")
    return respond.elsewhere(_own(source))


@door.post("/scans")
def upload() -> ResponseReturnValue:
    """Make a book of uploaded scans. A browser with JavaScript follows the work, one without waits for its end."""
    work = uploads.work(uploads.received(check_backends))
    if uploads.wants_lines():
        return uploads.lines(work, _uploaded)
    try:
        made = finish(work, lambda _done, _total, _doing: None)
    except GlossatorError as error:
        return _sources(error=problem_of(error, whole=True))
    flash("Added." if made.new else "It is brought up to date.")
    for one in made.scanned.left_out[:LEFT_OUT]:
        flash(f"{one.name} was left out: {one.reason}.")
    return respond.elsewhere(_own(made.source))


@door.get("/backends")
def backends() -> Response:
    """What can read pictures, in which versions, loaded where."""
    registry, loaded = services().registry, services().engine.status().backends
    shown = [rows.backend(name, registry, loaded) for name in registry.names()]
    return respond.page("admin/backends.html", section="backends", backends=shown)


@door.get("/work")
def work() -> Response:
    """What is being computed now, and the jobs."""
    engine = services().engine.status()
    return respond.page(
        "admin/work.html",
        section="work",
        said=said(),
        engine=engine,
        waiting=_waiting(engine),
        tasks=[_task(task) for task in engine.computing],
        jobs=[_job(job) for job in services().store.jobs(JOBS)],
    )


@door.post("/jobs/<name:job>")
def change(job: str) -> ResponseReturnValue:
    """Pause, resume or cancel a job."""
    jobs = services().jobs
    jobs.change(jobs.find(job), request.form.get("action", ""))
    return respond.elsewhere(f"{request.script_root}/admin/work")


@door.get("/storage")
def storage() -> Response:
    """Cache and disk use."""
    built, sizes = services(), services().store.size()
    total, _, free = shutil.disk_usage(built.settings.data)
    return respond.page(
        "admin/storage.html",
        section="storage",
        where=built.settings.data.resolve(),
        fault=built.store.ready(),
        rows=[_part(name, size) for name, size in sizes.items() if size or name in ("readings", "cache")],
        limit=readable(built.settings.cache_size),
        disk={"free": readable(free), "total": readable(total), "used": 1 - free / total},
    )


@door.get("/login")
def login() -> Response:
    """Ask for a token."""
    return respond.page("admin/login.html", target=request.args.get("target", ""), refused=False)


@door.post("/login")
def log_in() -> ResponseReturnValue:
    """Remember the token in a signed cookie, if it is valid."""
    target = request.form.get("target", "")
    if not doors().rights.log_in(request.form.get("token", "")):
        return respond.page("admin/login.html", 403, target=target, refused=True)
    inside = target.startswith("/admin/")
    return respond.elsewhere(request.script_root + (target if inside else "/admin/"))


@door.post("/logout")
def log_out() -> ResponseReturnValue:
    """Forget it."""
    doors().rights.log_out()
    return respond.elsewhere(f"{request.script_root}/")


def said() -> str | None:
    """What the last form did, told once."""
    return " ".join(str(message) for message in get_flashed_messages()) or None


def readable(size: float) -> str:
    """Bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def number(source: Source, canvas: str) -> int | None:
    """The page number of a canvas, from 1; None if the manifest no longer has it."""
    document = services().sources.document(source)
    keys = [one.key for one in document.canvases] if isinstance(document, Manifest) else []
    return keys.index(canvas) + 1 if canvas in keys else None


def _sources(url: str = "", error: Problem | None = None) -> Response:
    sent = parameters({"after": request.args.get("after", "")}, ListRequest)
    found = services().store.sources(sent.after, SHELF + 1)
    failed = Counter(failure.source for failure in services().store.failures(limit=10_000))
    return respond.page(
        "admin/sources.html",
        error.status if error else 200,
        section="sources",
        said=said(),
        url=url,
        error=error,
        sources=[_row(source, failed[source.id]) for source in found[:SHELF]],
        next=f"{request.script_root}/admin/?after={found[SHELF - 1].id}" if len(found) > SHELF else None,
    )


def _own(source: Source) -> str:
    return f"{request.script_root}/admin/sources/{source.id}"


def _uploaded(made: uploads.Made) -> dict[str, Any]:
    return {"href": _own(made.source), "new": made.new} | made.scanned.told()


def _row(source: Source, failed: int) -> dict[str, Any]:
    own = _own(source)
    is_book = source.kind == "manifest"
    return {
        "label": source.label or source.url,
        "url": source.url,
        "href": own,
        "pages": source.canvases if is_book else None,
        "policy": POLICIES[source.effective_policy],
        "refusal": bool(source.refusal),
        "layers": [title(layer) for layer in source.layers],
        "failed": failed,
        "progress": f"{own}/progress" if is_book and source.layers else None,
    }


def _waiting(engine: EngineStatus) -> list[dict[str, Any]]:
    return [{"title": text, "count": many} for key, text in WAITING if (many := engine.waiting.get(key, 0))]


def _task(task: ReadingTask) -> dict[str, Any]:
    source = services().store.get_source(task.source)
    layer = layer_of(f"{task.recipe.backend}@{task.recipe.version}")
    page = number(source, task.canvas) if source else None
    return _book(task.source) | {"page": page, "title": title(layer)}


def _job(job: Job) -> dict[str, Any]:
    counts = services().jobs.counts(job)
    return {
        "id": job.id,
        "state": job.state,
        "books": [_book(name) for name in job.sources[:5]],
        "titles": [title(layer_of(name)) for name in job.backends],
        "done": counts and counts.done,
        "failed": counts and counts.failed,
        "total": counts and counts.total,
        "created": job.created,
        "ended": job.ended,
        "message": job.message,
        "actions": [{"name": name, "title": name.capitalize()} for name in actions(job)],
    }


def _book(name: str) -> dict[str, str]:
    row = services().store.get_source(name)
    label = (row.label or row.url) if row else name
    return {"label": label, "href": f"{request.script_root}/admin/sources/{name}"}


def _part(name: str, size: int) -> dict[str, Any]:
    text, what = PARTS.get(name, (name, ""))
    return {"title": text, "what": what, "size": readable(size)}
