"""Layers by their names: which backend, in which version, and whether it is here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from iiif_store.source import Layer
from ml_backends.registry import Registry
from ml_backends.types import BackendUnavailable

Layers: TypeAlias = tuple[Layer, ...]


def layers_of(names: Iterable[str]) -> Layers:
    """One for each name."""
    return tuple(layer_of(name) for name in names)


def check_layers(names: Iterable[str], registry: Registry) -> None:
    """Raises UnknownBackend for a layer whose backend is not installed, or not in that version; BackendUnavailable for
    one that lacks what it needs."""
    for layer in layers_of(names):
        if lack := registry.problem(layer.backend, layer.version):
            raise BackendUnavailable(lack)


def layer_of(name: str) -> Layer:
    """`illustrations` follows the promoted version, `illustrations@1.2` is pinned."""
    backend, _, version = name.partition("@")
    return Layer(name=name, backend=backend, version=version or None)
