"""Photographs to train a colouriser on: the canvases of a manifest or of all manifests of a collection, or a folder."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from iiif_store.canvas import Canvas
from iiif_store.errors import GlossatorError
from iiif_store.fetch.pictures import Pictures
from iiif_store.fetch.remote import Remote
from iiif_store.load import load
from iiif_store.manifest import Collection, Manifest
from ml_backends.training.colorize.gather import EDGE, Offered, offered_by
from ml_backends.training.pages import UnreadableData
from ml_backends.types import Picture
from server.settings import Settings
from server.wiring import remote_of

log = logging.getLogger(__name__)


def photographs_of(places: Sequence[str], settings: Settings) -> Iterator[Offered]:
    """The pictures of each of `places`, see `photographs`; of several, files of the same name are told apart."""
    for place in places:
        for one in photographs(place, settings):
            yield replace(one, name=f"{place}: {one.name}") if len(places) > 1 else one


def photographs(where: str, settings: Settings) -> Iterator[Offered]:
    """The pictures of `where`: a folder of images, or the URL or file of a manifest or collection, whose pictures are
    fetched small, one at a time, when they are opened.

    What a publisher keeps from machine learning is left out, as is a member of a collection that cannot be fetched.
    Raises UnreadableData where nothing is left, and for the document itself what `iiif_store.load` raises.
    """
    if not where.startswith(("http://", "https://")) and Path(where).is_dir():
        yield from offered_by(Path(where))
        return
    if "://" not in where and not Path(where).exists():
        raise UnreadableData(f"there is no folder or file {where}, and a URL it is not")
    remote = remote_of(settings)
    pictures = Pictures(remote, local=lambda url: None, max_bytes=settings.max_picture)
    offered = False
    for manifest in _manifests(load(where, remote), remote):
        for canvas in manifest.pictured:
            offered = True
            yield _offered(manifest, canvas, pictures)
    if not offered:
        raise UnreadableData(f"{where} has no picture that may be trained on")


def _manifests(first: Manifest | Collection, remote: Remote) -> Iterator[Manifest]:
    """Every manifest that can be reached, each once, depth last."""
    seen, waiting = {first.id}, deque([first])
    while waiting:
        found = waiting.popleft()
        if found.refusal:
            log.warning("left out, not for machine learning", extra={"url": found.id, "statement": found.refusal})
        elif isinstance(found, Manifest):
            yield found
        else:
            for member in found.members:
                if member.id not in seen and (opened := _opened(member.id, remote)):
                    waiting.append(opened)
                seen.add(member.id)


def _opened(url: str, remote: Remote) -> Manifest | Collection | None:
    try:
        return load(url, remote)
    except GlossatorError as error:
        log.warning("left out", extra={"url": url, "reason": str(error)})
        return None


def _offered(manifest: Manifest, canvas: Canvas, pictures: Pictures) -> Offered:
    rights = str(manifest.document.get("rights", ""))
    return Offered(canvas.id, _opener(canvas, pictures), manifest.label or manifest.id, manifest.id, rights)


def _opener(canvas: Canvas, pictures: Pictures) -> Callable[[], Picture]:
    def opened() -> Picture:
        try:
            return pictures.fetch(canvas.painted(), EDGE).image
        except GlossatorError as error:
            raise OSError(str(error)) from error

    return opened
