"""What a worker is made of, built from the settings."""

from __future__ import annotations

from iiif_store.fetch.pictures import Pictures
from iiif_store.fetch.transport import GuardedTransport
from iiif_store.stores import open_store
from ml_backends.lane import Lane
from ml_backends.runtime import choose_device
from server.engine.configuration import release
from server.engine.lanes import Lanes
from server.engine.reader import Reader
from server.local import LocalBooks
from server.settings import Settings
from server.wiring import registry_of, remote_of


def build_reader(settings: Settings) -> Reader:
    """The reader of one worker process; raises StoreUnavailable."""
    remote, registry = remote_of(settings), registry_of(settings)
    pictures = Pictures(remote, local=LocalBooks().path, max_bytes=settings.max_picture)
    transport = GuardedTransport(remote)
    return Reader(
        open_store(settings.store_url),
        pictures.fetch,
        Lanes(
            lambda recipe, device: Lane(registry.create(recipe.backend, recipe.version), device, transport),
            choose_device(settings.device),
        ),
        attempts=settings.attempts,
        software=f"glossator {release()}",
    )
