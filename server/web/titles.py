"""What people are told of a layer."""

from __future__ import annotations

from iiif_store.source import Layer
from ml_backends.types import BackendUnavailable, UnknownBackend
from server.context import services


def title(layer: Layer) -> str:
    """The title of its backend, with the version where that is pinned; its name if no such backend is installed."""
    try:
        name = services().registry.info(layer.backend, layer.version).title
    except (UnknownBackend, BackendUnavailable):
        return layer.name
    return f"{name} {layer.version}" if layer.version else name


def lack(layer: Layer) -> str | None:
    """Why a layer cannot be computed here; None if it can."""
    try:
        return services().recipes.problem(layer)
    except (UnknownBackend, BackendUnavailable) as error:
        return str(error.args[0])
