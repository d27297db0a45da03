"""Scans that no book shows any more: they go when a book is deleted, and nothing else of it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from iiif_store.scanned import LOCAL
from iiif_store.source import Source
from iiif_store.stores.base import Store

ABANDONED = timedelta(days=1)
"""After that time pictures of an upload that never became a book are not waited for."""

_SCAN = re.compile(r"[0-9a-f]{32}(-[0-9]+)?")
"""How scans are named; what models drew is called otherwise."""
_SHOWN = re.compile(rf'"{LOCAL}image/3/({_SCAN.pattern})/'.encode())


def scans_of(store: Store, source: Source) -> set[str]:
    """The scans that a source shows, or has shown: annotations of earlier states still dereference."""
    if not source.url.startswith(LOCAL):
        return set()
    states = filter(None, (source.snapshot, *source.snapshots))
    return {found[1].decode() for digest in states for found in _SHOWN.finditer(store.get_snapshot(digest))}


def unused_with(store: Store, source: Source) -> set[str]:
    """The scans that no other live source shows: those that go when this one is deleted."""
    own = scans_of(store, source)
    return own - _used(store, without=source) if own else own


def drop_unused(store: Store, deleted: Source) -> int:
    """Remove the scans of a source that is deleted unless another one shows them, and with them those that an upload
    left behind that was broken off long ago; how many."""
    candidates = scans_of(store, deleted) | set(_abandoned(store))
    return sum(store.images.remove(image) for image in candidates - _used(store, without=deleted))


def _used(store: Store, *, without: Source) -> set[str]:
    others = (source for source in _live(store) if source.id != without.id)
    return {image for source in others for image in scans_of(store, source)}


def _live(store: Store) -> Iterator[Source]:
    after = ""
    while found := store.sources(after, 1000):
        yield from found
        after = found[-1].id


def _abandoned(store: Store) -> Iterator[str]:
    limit = datetime.now(UTC) - ABANDONED
    for image in store.images.ids():
        if _SCAN.fullmatch(image):
            record = store.images.get(image)
            if record and datetime.fromisoformat(record.created) < limit:
                yield image
