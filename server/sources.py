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
from functools import partial

from iiif_store.errors import FetchFailed, Gone, NotFound
from iiif_store.fetch.remote import Remote
from iiif_store.load import parse
from iiif_store.manifest import Collection, Manifest
from iiif_store.source import Policy, Source, extended, is_news, renewed, source_id
from iiif_store.stores.base import Store, Update
from server.layers import Layers, layers_of
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
        self,
        url: str,
        *,
        backends: tuple[str, ...] | None = None,
        policy: Policy | None = None,
        via: str | None = None,
    ) -> tuple[Source, bool]:
        """Fetch, parse and keep; (source, whether it is new). Registering again adds backends and lifts a tombstone.
        `via`: the stream that brings it; what a person registers as well is a person's from then on."""
        if url.startswith(SCHEME):
            return self.settle(url, self._local.document(url), backends=backends, policy=policy)
        known = self._store.get_source(source_id(url))
        if known and not known.deleted:
            wanted = partial(extended, layers=layers_of(backends or ()), policy=policy, via=via)
            return known if wanted(known) == known else self._update(known, wanted), False
        return self._enter(url, self._deliver(url), backends, policy, via)

    def settle(
        self, url: str, document: bytes, *, backends: tuple[str, ...] | None = None, policy: Policy | None = None
    ) -> tuple[Source, bool]:
        """As `register`, with the document of a book that lives here; of one that is known it is the next state."""
        return self._enter(url, Delivered(document), backends, policy, None)

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
        policy, via = (parent.policy, parent.via) if parent else (None, None)
        return self.register(member[1], backends=layers, policy=policy, via=via)[0]

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
        """Ask the publisher again, conditionally. While it fails the copy we have stays, and is told as stale. Raises
        Gone if the source is deleted by then."""
        try:
            told = self._updated(source, self._deliver(source.url))
        except FetchFailed as error:
            self._not_before[source.id] = time.monotonic() + RETRY_REFRESH
            log.warning("publisher not reached, serving the copy of %s", source.fetched, extra={"error": str(error)})
            return source
        return self._update(source, partial(renewed, told=told))

    def change(
        self,
        source: Source,
        *,
        layers: Callable[[Layers], Layers] | None = None,
        policy: Policy | None = None,
        overridden: bool | None = None,
    ) -> Source:
        """Write what an operator decided; `layers` makes of those that the source has now those that it gets. Raises
        Gone if the source is deleted by then."""

        def decided(row: Source) -> Source:
            return replace(
                row,
                layers=layers(row.layers) if layers else row.layers,
                policy=policy or row.policy,
                overridden=row.overridden if overridden is None else overridden,
            )

        changed = self._update(source, decided)
        if changed.overridden and not source.overridden:
            log.warning("no-AI statement overridden", extra={"source": source.id, "statement": source.refusal})
        return changed

    def delete(self, source: Source, *, via: str | None = None) -> bool:
        """Leave a tombstone; readings stay, since other sources may show the same pictures. Scans that only a book of
        ours showed go with it. `via`: only if that stream brought it. Whether it is deleted."""

        def buried(row: Source | None) -> Source | None:
            if row is None or row.deleted or via not in (None, row.via):
                return None
            return replace(row, deleted=now())

        _, deleted = self._write(source.id, buried)
        if deleted and source.url.startswith(SCHEME):
            removed = drop_unused(self._store, deleted)
            log.info("scans removed", extra={"source": source.id, "count": removed})
        return deleted is not None

    def _enter(
        self,
        url: str,
        delivered: Delivered,
        backends: tuple[str, ...] | None,
        policy: Policy | None,
        via: str | None,
    ) -> tuple[Source, bool]:
        """As `register`, of what was delivered; a source that is there by then gets that as its next state."""
        new = self._new(url, delivered, backends or self._layers, policy or "open", via)

        def entered(row: Source | None) -> Source:
            if row is None or row.deleted:
                return replace(new, snapshots=renewed(row, new).snapshots) if row else new
            return extended(renewed(row, new), layers_of(backends or ()), policy, via)

        before, source = self._write(new.id, entered)
        assert source
        return source, before is None or before.deleted is not None

    def _update(self, source: Source, change: Callable[[Source], Source]) -> Source:
        """Change the row as it is now. Raises Gone if it is deleted by then: nothing but adding it again lifts that."""
        _, changed = self._write(source.id, lambda row: change(row) if row and not row.deleted else None)
        if changed is None:
            raise Gone(f"Source {source.id} ({source.url}) was deleted meanwhile.")
        return changed

    def _write(self, source: str, change: Update[Source]) -> tuple[Source | None, Source | None]:
        """The row before and after; harvesters and watchers are told if something else is published with it. Why they
        are told twice: `iiif_store.stores.activities`."""
        before: Source | None = None

        def noted(row: Source | None) -> Source | None:
            nonlocal before
            before, after = row, change(row)
            if after and is_news(before, after):
                self._store.activities.touch(source)
            return after

        after = self._store.update_source(source, noted)
        if after and is_news(before, after):
            self.changed(after)
        return before, after

    def changed(self, source: Source) -> None:
        """Tell harvesters and whoever watches that something else is published of a source than before."""
        self._store.activities.touch(source.id)
        for told in self._watchers:
            told(source)

    def _new(
        self, url: str, delivered: Delivered, backends: tuple[str, ...], policy: Policy, via: str | None
    ) -> Source:
        document = parse(delivered.body, url=url)
        base = Source(
            id=source_id(url),
            url=url,
            kind="manifest" if isinstance(document, Manifest) else "collection",
            label=document.label,
            layers=layers_of(backends),
            added=now(),
            snapshot="",
            fetched=now(),
            policy=policy,
            via=via,
        )
        return self._updated(base, delivered)

    def _updated(self, source: Source, delivered: Delivered) -> Source:
        """`source` with this delivery as its content; its document is kept."""
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
