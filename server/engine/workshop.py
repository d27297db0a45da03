"""What a worker is made of, built from the settings."""

from __future__ import annotations

from iiif_store.fetch.pictures import Pictures
from iiif_store.fetch.remote import Remote
from iiif_store.fetch.transport import GuardedTransport
from iiif_store.stores import Store, open_store
from ml_backends.lane import Lane
from ml_backends.registry import Registry
from ml_backends.runtime import choose_device
from server.engine.configuration import release
from server.engine.lanes import Lanes
from server.engine.reader import Reader
from server.local import LocalBooks
from server.recipes import Recipes
from server.search import Search
from server.settings import Settings
from server.sources import Sources
from server.wiring import registry_of, remote_of


def _search(settings: Settings, store: Store, remote: Remote, registry: Registry) -> Search:
    sources = Sources(store, remote, LocalBooks(store), layers=settings.backends, refresh_after=settings.refresh_after)
    return Search(store, sources, Recipes(registry, store))


def build_reader(settings: Settings) -> Reader:
    """The reader of one worker process; raises StoreUnavailable."""
    remote, registry, store = remote_of(settings), registry_of(settings), open_store(settings.store_url)
    pictures = Pictures(remote, local=LocalBooks(store).path, max_bytes=settings.max_picture)
    transport = GuardedTransport(remote)
    return Reader(
        store,
        pictures.fetch,
        Lanes(
            lambda recipe, device: Lane(registry.create(recipe.backend, recipe.version), device, transport),
            choose_device(settings.device),
        ),
        attempts=settings.attempts,
        software=f"glossator {release()}",
        written=_search(settings, store, remote, registry).read,
    )
