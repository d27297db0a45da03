"""The manifest that a run annotates: behind a URL, in a file, the sample, or made of a folder of scans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from iiif_store.errors import GlossatorError
from iiif_store.fetch.remote import Remote
from iiif_store.load import load, parse
from iiif_store.manifest import Collection, Manifest
from iiif_store.source import Source, source_id
from iiif_store.stores.base import Store
from server.layers import layer_of
from server.local import SCHEME, LocalBooks
from server.scans.scanner import Scanned, Scanner, Told, Wishes, finish, interruptible, is_scans, name_of
from server.sources import now


def open_manifest(where: str, remote: Remote, local: LocalBooks) -> tuple[str, Manifest]:
    """Its URL, of a file the id that stands in it, and the manifest.

    Raises NotIIIF, FetchFailed, FetchRefused, NotFound; GlossatorError for a collection and for a file that cannot be
    read.
    """
    try:
        found = parse(local.document(where), url=where) if where.startswith(SCHEME) else load(where, remote)
    except OSError as error:
        if isinstance(error, GlossatorError):
            raise
        raise GlossatorError(f"{where} cannot be read: {error.strerror}. Give a URL or a file.") from error
    if isinstance(found, Collection):
        raise GlossatorError(
            f"{where} is a collection of {len(found.members)} members. Run its manifests one by one, or add it to a "
            "server: glossator add."
        )
    return where if "://" in where or where.startswith(SCHEME) else found.id, found


def scan(where: str, scanner: Scanner, *, recursive: bool, told: Told) -> Scanned | None:
    """Of a folder or zip the book that `glossator add` would make of it, with the same ids; None for anything else.
    Raises NotScans, StoreUnavailable."""
    if not is_scans(where):
        return None
    chosen = scanner.select(Path(where), recursive=recursive)
    work = scanner.scan(chosen, Wishes(), created=now(), name=name_of(Path(where)))
    return finish(interruptible(work), told)


def parsed(scanned: Scanned) -> tuple[str, Manifest]:
    """As `open_manifest`."""
    found = parse(scanned.document, url=scanned.url)
    assert isinstance(found, Manifest)
    return scanned.url, found


def source_of(url: str, manifest: Manifest, backends: tuple[str, ...]) -> Source:
    """The manifest as a source, with a layer for each backend."""
    return Source(
        id=source_id(url),
        url=url,
        kind="manifest",
        label=manifest.label,
        layers=tuple(layer_of(name) for name in dict.fromkeys(backends)),
        added=now(),
        snapshot="",
        fetched=now(),
        presentation=manifest.version,
        repairs=manifest.repairs,
        refusal=manifest.refusal,
        canvases=len(manifest.canvases),
    )


def settle(source: Source, store: Store, scanned: Scanned | None = None) -> None:
    """Make `source` the one that the directory of this store is about; raises GlossatorError if it is about another."""
    if others := [other.url for other in store.sources() if other.id != source.id]:
        raise GlossatorError(f"This directory is about {others[0]}. Choose another --out for {source.url}.")
    store.put_source(replace(source, snapshot=store.put_snapshot(scanned.document)) if scanned else source)
