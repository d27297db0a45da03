"""What people write: taken in, changed and removed, one by one (Web Annotation Protocol, 5 and 6). Knows no HTTP."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import time_ns
from typing import Any
from urllib.parse import unquote

import orjson

from iiif_store.curated import curated_collection, curated_list, curated_page, written_document
from iiif_store.errors import Gone, NotFound, Taken
from iiif_store.incoming import Incoming, read
from iiif_store.links import Links, VariantLinks, Version
from iiif_store.shape import JSON, listed
from iiif_store.source import Source
from iiif_store.stores.annotations import Written
from iiif_store.stores.base import Store
from iiif_store.targets import Scene
from iiif_store.unusable import ServerOwned
from server.pages import Pages
from server.sources import Sources, now

MACHINE = re.compile(r"([a-z2-7]{12})-([0-9a-f]{16})-(0|[1-9][0-9]{0,6})")
"""What an annotation of a model is called: canvas, revision, number of the finding. No person's is called so."""

KEPT = ("canonical", "via", "created")
"""Members that stay what they were when the annotation was written first (Web Annotation model, 3.3.1 and 3.3.7)."""


class Curated:
    """Every way to what people wrote."""

    def __init__(
        self, store: Store, sources: Sources, pages: Pages, changed: Callable[[str], None], *, checked: bool
    ) -> None:
        """`changed` is told each source in which somebody wrote. `checked`: targets must be of the source."""
        self._store, self._sources, self._pages = store, sources, pages
        self._changed, self._checked = changed, checked

    def add(self, source: Source, document: Any, *, slug: str, writer: str, links: Links) -> Written:
        """Take a new annotation in, under the name that `slug` wishes for if it is free; raises as `incoming.read`."""
        sent, time = read(document, self._scene(source, links), links), now()
        told = {"created": time, "creator": {"type": "Person", "name": writer}} | _with_origin(sent)
        note = Written(source.id, "", _ordered(told), sent.canvases, writer, time, time)
        with self._telling(source.id):
            return self._named(note, name_of(slug))

    def replace(self, source: Source, name: str, document: Any, *, expected: str | None, links: Links) -> Written:
        """Put another state in the place of one; `expected` as for the store. Raises also ServerOwned, NotFound, Gone,
        Superseded."""
        before, time = self.find(source, name), now()
        sent = read(document, self._scene(source, links), links)
        if sent.id not in (None, links.written(source.id, name)):
            raise ServerOwned(f"The id of this annotation is {links.written(source.id, name)} and stays so.")
        told = _kept(before.document, sent.document) | {"modified": time}
        changed = replace(before, document=_ordered(told), canvases=sent.canvases, modified=time)
        with self._telling(source.id):
            return self._store.annotations.change(changed, expected)

    def remove(self, source: Source, name: str, *, expected: str | None) -> None:
        """Leave a tombstone. Raises NotFound, Gone, Superseded."""
        self.find(source, name)
        with self._telling(source.id):
            self._store.annotations.delete(source.id, name, now(), expected)

    def find(self, source: Source, name: str) -> Written:
        """Raises NotFound, Gone."""
        note = self._store.annotations.get(source.id, name)
        if note is None:
            raise NotFound(f"Source {source.id} has no annotation {name}.")
        if note.deleted:
            raise Gone(f"The annotation {name} of source {source.id} was deleted on {note.deleted}.")
        return note

    def on(self, source: Source, canvas: str) -> list[Written]:
        """What targets a canvas, oldest first."""
        return self._store.annotations.on(source.id, canvas)

    def document(self, note: Written, links: Links) -> bytes:
        """One annotation by itself."""
        return orjson.dumps(written_document(note, links))

    def page(self, source: Source, canvas: str, links: Links, version: Version) -> bytes:
        """The page of a canvas in the layer of people; empty where they wrote nothing. Raises NotFound."""
        found = self._sources.manifest(source).canvas(canvas)
        write = curated_page if version == "3" else curated_list
        return orjson.dumps(write(self.on(source, canvas), found, source_id=source.id, links=links))

    def collection(self, source: Source, links: Links, version: Version) -> bytes:
        """The layer of people."""
        keys = self.canvases(source)
        notes = {note.id for key in keys for note in self.on(source, key)}
        return orjson.dumps(curated_collection(keys, len(notes), source_id=source.id, links=links, version=version))

    def canvases(self, source: Source) -> list[str]:
        """Keys of the canvases on which people wrote, in the order of the manifest."""
        having = self._store.annotations.canvases(source.id)
        return [canvas.key for canvas in self._sources.manifest(source).canvases if canvas.key in having]

    @contextmanager
    def _telling(self, source: str) -> Iterator[None]:
        """Around a write: what came of it is told even if the store fails half-way or the process is killed."""
        self._store.activities.touch(source)
        try:
            yield
        finally:
            self._changed(source)

    def _named(self, note: Written, wish: str) -> Written:
        """Under its wished name if that is free and may be had, else under one of ours."""
        if wish and not MACHINE.fullmatch(wish):
            try:
                return self._store.annotations.add(replace(note, id=wish))
            except Taken:
                pass
        # Begins with the time: of two in one second the older is listed first.
        return self._store.annotations.add(replace(note, id=f"{time_ns() // 1000:013x}{secrets.token_hex(3)}"))

    def _scene(self, source: Source, links: Links) -> Scene:
        """In the spelling of what is stored: our own URLs without the base."""
        manifest, bare = self._sources.manifest(source), Links("local:")
        canvases = {canvas.id: canvas for canvas in reversed(manifest.canvases)}  # of a repeated id the first
        twins = {
            _bare(VariantLinks("", name, version).canvas(source.id, canvas.key)): canvas
            for name in self._pages.variants(source)
            for version in ("3", "2")
            for canvas in manifest.canvases
        }
        whole = {source.url, manifest.id, _bare(Links("").neutral(source.id))}
        whole |= {_bare(Links("").manifest(source.id, version)) for version in ("3", "2")}
        prefix = bare.annotations(source.id)
        return Scene(
            canvases=twins | canvases,
            known=lambda iri: iri in whole or (iri.startswith(prefix) and self._is(source, iri.removeprefix(prefix))),
            anything=not self._checked,
        )

    def _is(self, source: Source, name: str) -> bool:
        """Whether an annotation of that name is there."""
        if machine := MACHINE.fullmatch(name):
            found = self._pages.once(source, machine[1], machine[2])
            return found is not None and int(machine[3]) < len(found[1].findings)
        note = self._store.annotations.get(source.id, name)
        return note is not None and not note.deleted


def name_of(slug: str) -> str:
    """The name that a Slug header wishes for (RFC 5023, 9.7), as far as ours are such; "" if nothing is left of it."""
    plain = unicodedata.normalize("NFKD", unquote(slug)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._-]+", "-", plain).strip("-._")[:64].strip("-._")


def _bare(path: str) -> str:
    """One of our paths below /iiif as it is stored."""
    return "local:" + path.removeprefix("/iiif/")


def _with_origin(sent: Incoming) -> JSON:
    """What it was called elsewhere is told in `via` (Web Annotation Protocol, 5.1)."""
    earlier = listed(sent.document.get("via"))
    if sent.id is None or sent.id in earlier:
        return sent.document
    origin = [*earlier, sent.id]
    return sent.document | {"via": origin if len(origin) > 1 else origin[0]}


def _kept(before: JSON, after: JSON) -> JSON:
    """The new state with what may not change; raises ServerOwned where somebody tries."""
    for name in KEPT:
        if name in after and after[name] != before.get(name):
            raise ServerOwned(f"{name} cannot be changed; leave it out, or send it as it is: {before.get(name)!r}.")
    creator = {"creator": before["creator"]} if "creator" in before else {}
    return creator | after | {name: before[name] for name in KEPT if name in before}


def _ordered(document: JSON) -> JSON:
    first = ("type", "motivation", "created", "modified", "creator")
    return {name: document[name] for name in first if name in document} | document
