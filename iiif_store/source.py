"""A source: a manifest or collection that somebody registered, and what is to be made of it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["manifest", "collection"]
Policy = Literal["open", "token", "batch", "off"]


_WEB = re.compile(r"^https?(?=:)", re.IGNORECASE)


def source_id(url: str) -> str:
    """12 base32 characters (lower case) of the hash of the exact URL given (design, section 6)."""
    return base64.b32encode(hashlib.sha256(url.encode()).digest())[:12].decode().lower()


def plain_url(url: str) -> str:
    """Without the white space that is pasted along, and with a plain scheme: a source is named by its URL, letter by
    letter."""
    return _WEB.sub(lambda found: found[0].lower(), url.strip())


@dataclass(frozen=True, slots=True)
class Layer:
    """One kind of annotation page of a source: whose readings, and how they are shown."""

    name: str
    """`illustrations` follows the backend's promoted version, `illustrations@1.2` is pinned."""
    backend: str
    version: str | None = None
    """None: the promoted version."""
    threshold: float | None = None
    """None: the backend's own."""
    classes: tuple[str, ...] = ()
    """Empty: all labels."""


@dataclass(frozen=True, slots=True)
class Source:
    """A registered manifest or collection. The document itself is a snapshot, kept by its digest."""

    id: str
    url: str
    kind: Kind
    label: str
    layers: tuple[Layer, ...]
    added: str
    snapshot: str
    """SHA-256 of the document's bytes as delivered; names the stored snapshot."""
    fetched: str
    """When the publisher was last asked with success, UTC."""
    presentation: str = "3"
    """The version in which the publisher wrote it: "2" or "3"."""
    policy: Policy = "open"
    refusal: str | None = None
    """A publisher's no-AI statement (specs 8.3), as found; makes the effective policy `off` until overridden."""
    overridden: bool = False
    """The operator has decided that the refusal does not apply."""
    etag: str | None = None
    last_modified: str | None = None
    repairs: tuple[str, ...] = ()
    canvases: int = 0
    snapshots: tuple[str, ...] = ()
    """Earlier digests, oldest first."""
    via: str | None = None
    """The stream that brought it and may take it away again; None: a person registered it."""
    deleted: str | None = None
    """When it was deleted (a tombstone: 410); adding again lifts it."""

    @property
    def effective_policy(self) -> Policy:
        return "off" if self.refusal and not self.overridden else self.policy


def extended(row: Source, layers: Iterable[Layer], policy: Policy | None, via: str | None) -> Source:
    """A row that is registered again, by the stream `via` or by a person, whose it is from then on."""
    names = {layer.name for layer in row.layers}
    added = [layer for layer in layers if layer.name not in names]
    return replace(row, layers=(*row.layers, *added), policy=policy or row.policy, via=via and row.via)


def renewed(row: Source, told: Source) -> Source:
    """A row with what the publisher told, as another state of it has that; what people decided is the row's own."""
    checked = replace(row, fetched=told.fetched, etag=told.etag, last_modified=told.last_modified)
    if told.snapshot == row.snapshot:
        return checked
    return replace(
        checked,
        label=told.label,
        snapshot=told.snapshot,
        snapshots=tuple(digest for digest in (*row.snapshots, row.snapshot) if digest != told.snapshot),
        presentation=told.presentation,
        repairs=told.repairs,
        refusal=told.refusal,
        canvases=told.canvases,
    )


def is_news(before: Source | None, after: Source) -> bool:
    """Whether something else is published than before, and not only another look taken."""
    if before is None:
        return True
    unseen = {name: getattr(after, name) for name in ("fetched", "etag", "last_modified", "via")}
    return replace(before, **unseen) != after
