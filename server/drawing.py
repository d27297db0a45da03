"""Answers of the Image API: a tile of the grid is copied, everything else drawn once and kept in memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from werkzeug.exceptions import BadRequest

from iiif_store.errors import GlossatorError
from iiif_store.image_api.info import LEVELS
from iiif_store.image_api.placing import place
from iiif_store.image_api.render import MEDIA, render
from iiif_store.image_api.request import ImageRequest, Rendering, parse
from iiif_store.links import Links, Version
from server.answers import CORS, FOREVER, Answer, Headers
from server.images import OpenImage, OpenImages
from server.journal import note
from server.kept import Kept
from server.limits import Places
from server.metrics import Metrics
from server.proxies import base_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/iiif/image/"
DAY = "public, max-age=86400"
DEPTH = 9
"""Parts of the path of a picture, split at its slashes."""
PATIENCE = 10.0
"""Seconds that a thread waits to draw."""


class Drawing:
    """Makes the answers; any number of threads may ask."""

    def __init__(self, size: int, threads: int) -> None:
        """`size`: bytes of drawn pictures that are kept. `threads`: of this process, of which half may be here."""
        self._drawn: Kept[bytes] = Kept(size)
        share = threads // 4
        # Each picture is drawn with all processors; more of them at once would only take memory.
        self.places = Places(max(1, min(share, 2 * (os.cpu_count() or 1))), waiting=share, patience=PATIENCE)

    def answer(self, request: ImageRequest, image: OpenImage, links: Links) -> Answer:
        """The picture asked for; raises BadImageRequest, EngineBusy, and ValueError if the pyramid is damaged."""
        wanted = _placed(request, image)
        body = self._ready(wanted, image) or self._draw(wanted, image)
        return _answer(body, wanted, request.version, image, links)

    def warm(self, request: ImageRequest, image: OpenImage, links: Links) -> Answer | None:
        """The same if it costs no drawing."""
        wanted = _placed(request, image)
        body = self._ready(wanted, image)
        return _answer(body, wanted, request.version, image, links) if body else None

    def _ready(self, wanted: Rendering, image: OpenImage) -> bytes | None:
        cell = image.pyramid.cell(wanted)
        return image.pyramid.read(cell) if cell else self._drawn.get((image.tag, wanted.drawn))

    def _draw(self, wanted: Rendering, image: OpenImage) -> bytes:
        with self.places.taken():
            body = render(image.pyramid, wanted, image.xmp if wanted.whole else None)
        self._drawn.put((image.tag, wanted.drawn), body, len(body))
        return body


class WarmImages:
    """WSGI: answers below Flask what costs no drawing, of images that are open; the rest is the application's."""

    def __init__(
        self, app: WSGIApplication, drawing: Drawing, opened: OpenImages, base_url: str | None, metrics: Metrics
    ) -> None:
        self._app, self._drawing, self._opened = app, drawing, opened
        self._base_url, self._metrics = base_url, metrics

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if not (environ["PATH_INFO"].startswith(PREFIX) and method in ("GET", "HEAD")):
            return self._app(environ, start_response)
        answer = self._answer(environ)
        if answer is None:
            return self._app(environ, start_response)
        self._metrics.warm.inc()
        note(environ, warm=True)
        status, headers, body = answer.reply(method, environ.get("HTTP_IF_NONE_MATCH"))
        start_response(status, headers)
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> Answer | None:
        """None also where something is wrong: the application says what."""
        parts = environ["PATH_INFO"].split("/")
        if len(parts) != DEPTH or parts[3] not in ("3", "2"):
            return None
        try:
            image = self._opened.known(parts[4])
            if image is None:
                return None
            request = parse(cast(Version, parts[3]), *parts[5:])
            return self._drawing.warm(request, image, Links(base_of(environ, self._base_url)))
        except (GlossatorError, BadRequest, OSError, ValueError):
            return None


def _placed(request: ImageRequest, image: OpenImage) -> Rendering:
    file = image.pyramid
    return place(request, file.width, file.height, image.limits, grey=file.is_grey)


def _answer(body: bytes, wanted: Rendering, version: Version, image: OpenImage, links: Links) -> Answer:
    tag = hashlib.blake2b(image.tag + wanted.canonical.encode(), digest_size=12).hexdigest()
    canonical = f"{links.image(image.name, version)}/{wanted.canonical}"
    headers: Headers = [
        ("Content-Type", MEDIA[wanted.format]),
        ("Content-Length", str(len(body))),
        ("ETag", f'"{tag}"'),
        ("Cache-Control", FOREVER if image.stored.is_permanent else DAY),
        ("Link", f'<{canonical}>;rel="canonical", <{LEVELS[version]}>;rel="profile"'),
        *CORS,
    ]
    if wanted.whole:
        headers.append(("Content-Disposition", f'inline; filename="{image.name}-{wanted.width}.{wanted.format}"'))
    return Answer(body, f'"{tag}"', headers)
