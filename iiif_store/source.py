"""A source: a manifest or collection that somebody registered, and what is to be made of it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Literal

Kind = Literal["manifest", "collection"]
Policy = Literal["open", "token", "batch", "off"]


def source_id(url: str) -> str:
    """12 base32 characters (lower case) of the hash of the exact URL given (design, section 6)."""
    return base64.b32encode(hashlib.sha256(url.encode()).digest())[:12].decode().lower()


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
    deleted: str | None = None
    """When it was deleted (a tombstone: 410); adding again lifts it."""

    @property
    def effective_policy(self) -> Policy:
        return "off" if self.refusal and not self.overridden else self.policy
