"""A source as a GET finds it: opened, refreshed when that is due, and how long what is made of it holds."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from flask import request

from iiif_store.errors import GlossatorError
from iiif_store.source import Source
from server.answers import Validity
from server.context import doors, services
from server.journal import note
from server.local import SCHEME
from server.sources import age_of

log = logging.getLogger(__name__)

LONGEST = 60.0
"""Seconds that an answer is kept without another look: until then a promoted version or a raised generation,
which no source's row tells, may go unnoticed."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A live source, the validity of what is made of it, and its age if the publisher cannot be asked."""

    source: Source
    keep: Validity | None
    """None: the answer depends on who asks."""
    age: int | None = None


def is_known(name: str) -> bool:
    """Whether the source has a row, so that opening it fetches nothing."""
    return services().store.get_source(name) is not None


def opened(name: str, *, refresh: bool = False) -> Opened:
    """Open a source; `refresh` asks the publisher again when that is due. Raises NotFound, Gone, and what fetching
    the member of a collection raises. The stamp is taken before the row is read, so that a change in between shows."""
    built = services()
    note(request.environ, source=name)
    if not is_known(name):
        _register_member(name)
    elif refresh:
        _refresh(name)
    stamp = built.store.source_stamp(name)
    source = built.sources.open(name)
    stale = not source.url.startswith(SCHEME) and age_of(source.fetched) > built.settings.refresh_after
    keep = Validity(name, stamp, time.monotonic() + LONGEST) if source.effective_policy == "open" else None
    return Opened(source, keep, int(age_of(source.fetched)) if refresh and stale else None)


def _register_member(name: str) -> None:
    """One thread fetches, the others wait for it."""
    with doors().limits.waiting(), doors().limits.turn(name):
        services().sources.open(name)


def _refresh(name: str) -> None:
    """One thread asks the publisher; the others, and it too if that fails, go on with the copy that we have."""
    built, limits = services(), doors().limits
    source = built.sources.open(name)
    if not built.sources.due(source):
        return
    with limits.alone(name) as alone:
        if alone:
            try:
                with limits.waiting():
                    built.sources.refresh(source)
            except GlossatorError as error:
                log.warning("not refreshed, serving the copy", extra={"source": name, "error": str(error)})
