"""Sources: registering, refreshing and opening what publishers wrote (design, section 6)."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from iiif_store.errors import FetchFailed, Gone, NotFound
from iiif_store.fetch.remote import Remote
from iiif_store.load import parse
from iiif_store.manifest import Collection, Manifest
from iiif_store.source import Layer, Policy, Source, source_id
from iiif_store.stores.base import Store
from server.local import SCHEME, LocalBooks
from server.scans.unused import drop_unused

log = logging.getLogger(__name__)

RETRY_REFRESH = 60.0
"""Seconds that a publisher who failed is left alone."""


def now() -> str:
    """UTC, xsd:dateTime with Z, as every stored time."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def age_of(stamp: str) -> float:
    """Seconds since a time that `now` wrote."""
    return (datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds()


@dataclass(frozen=True, slots=True)
class Delivered:
    """A publisher's document with what HTTP said about it."""

    body: bytes
    etag: str | None = None
    last_modified: str | None = None


class Sources:
    """Every way to a source. Documents are parsed once per process and content."""

    def __init__(
        self, store: Store, remote: Remote, local: LocalBooks, *, layers: tuple[str, ...], refresh_after: float
    ) -> None:
        self._store, self._remote, self._local = store, remote, local
        self._layers, self._refresh_after = layers, refresh_after
        self._parsed: OrderedDict[str, Manifest | Collection] = OrderedDict()
        self._lock = threading.Lock()
        self._not_before: dict[str, float] = {}
        self._watchers: list[Callable[[Source], None]] = []

    def watch(self, told: Callable[[Source], None]) -> None:
        """Have `told` called with every row that this process writes and that differs in what is published."""
        self._watchers.append(told)

    def register(
        self, url: str, *, backends: tuple[str, ...] | None = None, policy: Policy | None = None
    ) -> tuple[Source, bool]:
        """Fetch, parse and keep; (source, whether it is new). Registering again adds backends and lifts a tombstone."""
        if url.startswith(SCHEME):
            return self.settle(url, self._local.document(url), backends=backends, policy=policy)
        known = self._store.get_source(source_id(url))
        if known and not known.deleted:
            return self._extend(known, backends or (), policy), False
        source = self._new(url, self._deliver(url), backends or self._layers, policy or "open", known)
        self._put(source)
        return source, True

    def settle(
        self, url: str, document: bytes, *, backends: tuple[str, ...] | None = None, policy: Policy | None = None
    ) -> tuple[Source, bool]:
        """As `register`, with the document of a book that lives here; of one that is known it is the next state."""
        known = self._store.get_source(source_id(url))
        if known and not known.deleted:
            source = self._updated(known, Delivered(document))
            write = self._store.put_source if source.snapshot == known.snapshot else self._put
            write(source)
            return self._extend(source, backends or (), policy), False
        source = self._new(url, Delivered(document), backends or self._layers, policy or "open", known)
        self._put(source)
        return source, True

    def open(self, source: str) -> Source:
        """The live source; a member of a registered collection is registered at its first opening."""
        row = self._store.get_source(source)
        if row and row.deleted:
            raise Gone(f"Source {source} ({row.url}) was deleted on {row.deleted}.")
        if row:
            return row
        member = self._store.find_member(source)
        if not member:
            raise NotFound(f"There is no source {source}. Register its URL first, at / or with POST /api/sources.")
        parent = self._store.get_source(member[0])
        layers = tuple(layer.name for layer in parent.layers) if parent else self._layers
        return self.register(member[1], backends=layers, policy=parent.policy if parent else None)[0]

    def document(self, source: Source) -> Manifest | Collection:
        """The parsed current snapshot. Shared between callers: not to be changed."""
        with self._lock:
            if found := self._parsed.get(source.snapshot):
                self._parsed.move_to_end(source.snapshot)
                return found
        parsed = parse(self._store.get_snapshot(source.snapshot), url=source.url)
        with self._lock:
            self._parsed[source.snapshot] = parsed
            while len(self._parsed) > 64:
                self._parsed.popitem(last=False)
        return parsed

    def manifest(self, source: Source) -> Manifest:
        """As `document`; raises NotFound for a collection."""
        found = self.document(source)
        if not isinstance(found, Manifest):
            raise NotFound(f"Source {source.id} is a collection; its members are manifests.")
        return found

    def collection(self, source: Source) -> Collection:
        """As `document`; raises NotFound for a manifest."""
        found = self.document(source)
        if not isinstance(found, Collection):
            raise NotFound(f"Source {source.id} is a manifest, not a collection.")
        return found

    def earlier(self, source: Source) -> list[Manifest]:
        """Earlier states of a manifest, newest first: superseded annotations are found through them."""
        states = (self.document(replace(source, snapshot=digest)) for digest in reversed(source.snapshots))
        return [state for state in states if isinstance(state, Manifest)]

    def due(self, source: Source) -> bool:
        """Whether the publisher should be asked again."""
        if source.url.startswith(SCHEME) or time.monotonic() < self._not_before.get(source.id, 0.0):
            return False
        return age_of(source.fetched) >= self._refresh_after

    def refresh(self, source: Source) -> Source:
        """Ask the publisher again, conditionally. While it fails the copy we have stays, and is told as stale."""
        try:
            delivered = self._deliver(source.url)
            updated = self._updated(source, delivered)
        except FetchFailed as error:
            self._not_before[source.id] = time.monotonic() + RETRY_REFRESH
            log.warning("publisher not reached, serving the copy of %s", source.fetched, extra={"error": str(error)})
            return source
        self._store.put_source(updated)
        if updated.snapshot != source.snapshot:
            self.changed(updated)
        return updated

    def change(
        self,
        source: Source,
        *,
        layers: tuple[Layer, ...] | None = None,
        policy: Policy | None = None,
        overridden: bool | None = None,
    ) -> Source:
        """Write what an operator decided."""
        changed = replace(
            source,
            layers=source.layers if layers is None else layers,
            policy=policy or source.policy,
            overridden=source.overridden if overridden is None else overridden,
        )
        if changed.overridden and not source.overridden:
            log.warning("no-AI statement overridden", extra={"source": source.id, "statement": source.refusal})
        self._put(changed)
        return changed

    def delete(self, source: Source) -> None:
        """Leave a tombstone; readings stay, since other sources may show the same pictures. Scans that only a book of
        ours showed go with it."""
        self._put(replace(source, deleted=now()))
        if source.url.startswith(SCHEME):
            removed = drop_unused(self._store, source)
            log.info("scans removed", extra={"source": source.id, "count": removed})

    def _put(self, source: Source) -> None:
        """Write a row that differs in what is published, which is news for harvesters."""
        self._store.put_source(source)
        self.changed(source)

    def changed(self, source: Source) -> None:
        """Tell harvesters and whoever watches that something else is published of a source than before."""
        self._store.activities.touch(source.id)
        for told in self._watchers:
            told(source)

    def _new(
        self, url: str, delivered: Delivered, backends: tuple[str, ...], policy: Policy, tombstone: Source | None
    ) -> Source:
        document = parse(delivered.body, url=url)
        base = Source(
            id=source_id(url),
            url=url,
            kind="manifest" if isinstance(document, Manifest) else "collection",
            label=document.label,
            layers=tuple(layer_of(name) for name in backends),
            added=now(),
            snapshot="",
            fetched=now(),
            policy=policy,
            snapshots=tombstone.snapshots if tombstone else (),
        )
        return self._updated(base, delivered)

    def _updated(self, source: Source, delivered: Delivered) -> Source:
        """`source` with this delivery as its content."""
        checked = replace(source, fetched=now(), etag=delivered.etag, last_modified=delivered.last_modified)
        if hashlib.sha256(delivered.body).hexdigest() == source.snapshot:
            return checked
        document = parse(delivered.body, url=source.url)
        digest = self._store.put_snapshot(delivered.body)
        if isinstance(document, Collection):
            self._store.put_members(source.id, {source_id(member.id): member.id for member in document.members})
        return replace(
            checked,
            label=document.label,
            snapshot=digest,
            snapshots=tuple(d for d in (*source.snapshots, source.snapshot) if d and d != digest),
            presentation=document.version,
            repairs=document.repairs,
            refusal=document.refusal,
            canvases=len(document.canvases) if isinstance(document, Manifest) else 0,
        )

    def _deliver(self, url: str) -> Delivered:
        if url.startswith(SCHEME):
            return Delivered(self._local.document(url))
        fetched = self._remote.get(url, accept="application/ld+json, application/json;q=0.9, */*;q=0.1", fresh=True)
        if fetched.stale:
            raise FetchFailed(f"{url} does not answer; the last copy is {fetched.age} s old.", url=url)
        return Delivered(fetched.body, fetched.etag, fetched.last_modified)

    def _extend(self, source: Source, backends: tuple[str, ...], policy: Policy | None) -> Source:
        names = {layer.name for layer in source.layers}
        added = tuple(layer_of(name) for name in backends if name not in names)
        if not added and policy in (None, source.policy):
            return source
        return self.change(source, layers=(*source.layers, *added), policy=policy)


def layer_of(name: str) -> Layer:
    """`illustrations` follows the promoted version, `illustrations@1.2` is pinned."""
    backend, _, version = name.partition("@")
    return Layer(name=name, backend=backend, version=version or None)
