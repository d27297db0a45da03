"""The web application. Nothing happens at import; it may be built any number of times in one process."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from werkzeug.routing import MapAdapter

from server.answers import CORS, Answers, Warm
from server.auth import Rights, cookie_key
from server.context import DOORS, SERVICES, Doors, doors
from server.drawing import Drawing, WarmImages
from server.engine.configuration import release
from server.errors import problem_of
from server.images import OpenImages
from server.journal import Journal
from server.limits import Limits
from server.metrics import Metrics
from server.proxies import Proxies
from server.recent import Recent
from server.respond import problem, wants_html
from server.services import Services, build
from server.settings import Settings
from server.web import BLUEPRINTS, paths
from server.web.variants import derived

OPEN = ("/iiif/", "/annotations/", "/annotot/", "/models/", "/runs/", "/ns/")
"""Doors that pages of every site may read from, errors included (design, section 6)."""

FOR_PROGRAMS = (*OPEN, "/api/", "/healthz", "/readyz", "/metrics")

PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    (
        "Access-Control-Allow-Headers",
        "Accept, Content-Type, Prefer, If-Match, If-None-Match, Slug, Authorization",
    ),
    ("Access-Control-Max-Age", "86400"),
)

WRITABLE = ("/annotations/", "/annotot/")
"""Doors through which pages of other sites may write as well, with a token."""


class Application(Flask):
    """Sends on to the public address, `public`, where there is one, by whatever name the proxy asked for us."""

    public = urlsplit("")

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        adapter = super().create_url_adapter(request)
        if adapter and self.public.netloc:
            adapter.url_scheme, adapter.server_name = self.public.scheme, self.public.netloc
        return adapter


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """A WSGI application; raises StoreUnavailable. `services` replaces what would be built from the settings."""
    app = Application("server", static_folder=str(Path(__file__).parents[1] / "static"), static_url_path="/static")
    app.public = public = urlsplit(settings.base_url or "")
    app.config.update(
        MAX_CONTENT_LENGTH=2**20,
        SECRET_KEY=cookie_key(settings.data),
        SESSION_COOKIE_NAME="glossator",
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=public.scheme == "https",
        SESSION_COOKIE_PATH=public.path or "/",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    built = services or build(settings)
    own = _doors(built)
    app.extensions |= {SERVICES: built, DOORS: own}
    paths.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_error_handler(Exception, _tell)
    app.after_request(_open)
    app.template_filter("moment")(moment)
    app.context_processor(lambda: {"base": request.script_root, "version": release()})
    images = WarmImages(app.wsgi_app, own.drawing, own.opened, settings.base_url, own.metrics)
    front = Journal(Warm(images, own.answers, own.metrics), own.metrics)
    app.wsgi_app = Proxies(front, trusted=settings.trusted_proxies, base_url=settings.base_url)  # type: ignore[method-assign]
    return app


def moment(stamp: str) -> str:
    """A stored time for people."""
    return datetime.fromisoformat(stamp).strftime("%-d %b %Y, %H:%M UTC")


def _doors(services: Services) -> Doors:
    settings, metrics = services.settings, Metrics()
    return Doors(
        rights=Rights(services.store, settings.base_url, proxied=bool(settings.trusted_proxies)),
        limits=_limits(settings, metrics),
        answers=Answers(settings.answers_size, settings.base_url, services.store.source_stamp),
        metrics=metrics,
        recent=Recent(1.0),
        opened=OpenImages(services.images.also(derived), services.store.source_stamp, settings.max_pixels),
        drawing=Drawing(settings.answers_size, settings.threads),
    )


def _limits(settings: Settings, metrics: Metrics) -> Limits:
    """A quarter of the threads may wait, an eighth send events; the others are there for what is warm."""
    waiting, following = max(1, settings.threads // 4), max(1, settings.threads // 8)
    return Limits(waiting=waiting, following=following, rate=settings.rate_limit, metrics=metrics)


def _tell(error: Exception) -> Response:
    """An error handler: a page for browsers on the doors for people, problem+json everywhere else."""
    told = problem_of(error)
    doors().metrics.problems.labels(told.slug).inc()
    return problem(told, html=not request.path.startswith(FOR_PROGRAMS) and wants_html())


def _open(response: Response) -> Response:
    """CORS for what everybody may read, whatever became of it."""
    if request.path.startswith(OPEN):
        response.headers.update(CORS)
        if request.method == "OPTIONS":
            response.headers.update(PREFLIGHT)
            if request.path.startswith(WRITABLE):
                response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"
    return response
