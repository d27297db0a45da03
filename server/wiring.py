"""What the web side, the engine and the commands make of the settings, each for itself."""

from __future__ import annotations

from iiif_store.fetch.limits import Limits
from iiif_store.fetch.remote import Remote, user_agent
from ml_backends.registry import Registry
from ml_backends.types import Directories
from server.engine.configuration import release
from server.settings import Settings


def remote_of(settings: Settings, *, keep: bool = True) -> Remote:
    """The one way out to publishers, as strict as the settings say. `keep`: with the cache in the data directory."""
    limits = Limits(max_bytes=settings.max_document, max_pixels=settings.max_pixels)
    return Remote(
        limits,
        allow_hosts=frozenset(settings.allow_hosts),
        proxy=settings.proxy,
        user_agent=user_agent(release(), settings.base_url),
        cache_dir=settings.data / "cache" if keep else None,
    )


def registry_of(settings: Settings) -> Registry:
    """The backends of packages and those that the operator registered in the data directory."""
    directories = Directories(weights=settings.weights, cache=settings.data / "cache" / "backends")
    own = {"yolo": settings.yolo_weights} if settings.yolo_weights else {}
    return Registry(settings.data / "models", directories, own)
