"""Where sources, readings, jobs and claims are kept: one protocol, `base.Store`, and its implementations."""

from __future__ import annotations

from pathlib import Path

from iiif_store.errors import StoreUnavailable
from iiif_store.stores.base import Store

__all__ = ["Store", "open_store"]


def open_store(url: str) -> Store:
    """The store at `tinydb:///absolute/path` (the path as it is, nothing quoted); made if it is not there yet.

    Raises StoreUnavailable for another URL, and for a directory that cannot be used.
    """
    scheme, _, path = url.partition("://")
    if scheme != "tinydb":
        raise StoreUnavailable(f"no store is known for {scheme}://; use tinydb:///absolute/path")
    if not Path(path).is_absolute():
        raise StoreUnavailable(f"{url}: the path must be absolute: tinydb:///absolute/path, with three slashes")
    from iiif_store.stores.tiny import TinyStore

    return TinyStore(Path(path))
