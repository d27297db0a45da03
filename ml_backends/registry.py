"""Which backends there are, in which versions: those that packages bring, and models that the operator registered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import cast

from ml_backends.card import ModelCard
from ml_backends.plugins import Plugin, installed, missing
from ml_backends.types import (
    Backend,
    BackendInfo,
    BackendUnavailable,
    Directories,
    KeepsFiles,
    UnknownBackend,
    WeightsFile,
)
from ml_backends.weights import sha256, write_whole

CARD = "card.json"
PROMOTED = "promoted"


class Registry:
    """Names, versions and infos are told without importing any backend.

    `models` holds `<name>/<version>/card.json` with the weights beside it. A name that a package brings too gets
    further versions that way; any other name is a backend of its own, run by the one that its card names. `own` maps a
    backend to the weights file that the operator chose for it: {"yolo": path}.
    """

    def __init__(
        self,
        models: Path | None = None,
        directories: Directories | None = None,
        own: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        self._models, self._own = models, own
        self._directories = directories or Directories()
        self._cards: dict[Path, ModelCard] = {}
        self._hashes: dict[tuple[Path, int], str] = {}
        self._told: dict[str, BackendInfo] = {}

    def names(self) -> list[str]:
        """Sorted; usable here or not."""
        return sorted({*self._plugins, *self._registered()})

    def versions(self, name: str) -> list[str]:
        """The one that the package brings, then the registered ones, rising; raises UnknownBackend."""
        registered = sorted(self._registered().get(name, ()), key=_natural)
        if name in self._plugins:
            return list(dict.fromkeys([self._plugin_info(name).version, *registered]))
        if not registered:
            raise UnknownBackend(f"no backend {name!r} is installed, only {', '.join(self.names()) or 'none'}")
        return registered

    def promoted(self, name: str) -> str:
        """The version that `name` alone means: the one that was promoted, else the package's, else the highest."""
        known = self.versions(name)
        marker = self._models and self._models / name / PROMOTED
        if marker and marker.is_file() and (version := marker.read_text().strip()) in known:
            return version
        return known[0] if name in self._plugins else known[-1]

    def promote(self, name: str, version: str) -> None:
        """Makes `version` the one that `name` alone means; raises UnknownBackend."""
        self._check(name, version)
        if self._models is None:
            raise BackendUnavailable("without a data directory no version can be promoted")
        write_whole(version.encode(), self._models / name / PROMOTED)

    def info(self, name: str, version: str | None = None) -> BackendInfo:
        """Of one version, by default the promoted one. Raises UnknownBackend, and BackendUnavailable where the JSON
        file that tells it is wrong."""
        path = self._card(name, version)
        if path is None:
            return self._plugin_info(name)
        card = self._read_card(path)
        return card.complete(self._plugin_info(card.backend))

    def problem(self, name: str, version: str | None = None) -> str | None:
        """Why this backend cannot be used here, with the pip line; None where nothing is known to be missing."""
        try:
            packages = missing(self.info(name, version))
        except BackendUnavailable as error:
            return str(error)
        return f"backend {name!r} lacks what it needs: pip install {' '.join(packages)}" if packages else None

    def create(self, name: str, version: str | None = None) -> Backend:
        """A backend, not loaded yet; raises UnknownBackend or BackendUnavailable."""
        if problem := self.problem(name, version):
            raise BackendUnavailable(problem)
        backend = self._make(name, self._card(name, version))
        if isinstance(backend, KeepsFiles):
            backend.directories = self._directories
        return backend

    def _make(self, name: str, path: Path | None) -> Backend:
        if path:
            card = self._read_card(path)
            return self._factory(card.backend)(path.parent, card)
        return self._factory(name)(self._own[name]) if name in self._own else self._factory(name)()

    @cached_property
    def _plugins(self) -> dict[str, Plugin]:
        return installed()

    def _registered(self) -> dict[str, dict[str, Path]]:
        """Name -> version -> model card."""
        found: dict[str, dict[str, Path]] = {}
        for card in self._models.glob(f"[!.]*/*/{CARD}") if self._models else ():
            found.setdefault(card.parent.parent.name, {})[card.parent.name] = card
        return found

    def _card(self, name: str, version: str | None) -> Path | None:
        """The card of a registered version, None for the one that a package brings."""
        if version is None:
            version = self.promoted(name)
        self._check(name, version)
        if name in self._plugins and version == self._plugin_info(name).version:
            return None
        return self._registered()[name][version]

    def _check(self, name: str, version: str) -> None:
        if version not in (known := self.versions(name)):
            raise UnknownBackend(f"backend {name!r} has no version {version!r}, only {', '.join(known)}")

    def _plugin_info(self, name: str) -> BackendInfo:
        if name not in self._plugins:
            raise BackendUnavailable(f"no package brings the backend {name!r}, which a model card asks for")
        if name not in self._told:
            self._told[name] = self._plugins[name].info()
        info = self._told[name]
        return self._with_own_weights(info, self._own[name]) if name in self._own else info

    def _with_own_weights(self, info: BackendInfo, weights: Path) -> BackendInfo:
        """The hash is the version: other weights are another version."""
        try:
            key = (weights, weights.stat().st_mtime_ns)
        except OSError as error:
            raise BackendUnavailable(
                f"the weights of {info.name!r} cannot be read: {weights}: {error.strerror}"
            ) from error
        if key not in self._hashes:
            self._hashes[key] = sha256(weights)
        digest = self._hashes[key]
        return replace(info, version=digest[:12], weights=(WeightsFile(weights.name, digest),))

    def _read_card(self, path: Path) -> ModelCard:
        """Kept in memory: the card of a version never changes."""
        if path not in self._cards:
            card = ModelCard.read(path)
            if (card.name, card.version) != (path.parent.parent.name, path.parent.name):
                raise BackendUnavailable(
                    f"{path} is the card of {card.name} {card.version}: it lies in the wrong folder"
                )
            self._cards[path] = card
        return self._cards[path]

    def _factory(self, name: str) -> Callable[..., Backend]:
        return cast(Callable[..., Backend], self._plugins[name].factory())


def _natural(version: str) -> list[tuple[int, str]]:
    """Sorts 1.10 behind 1.9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", version)]
