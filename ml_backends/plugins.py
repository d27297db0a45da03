"""Installed backends by entry point: what they are called and what they say of themselves, without importing them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from ml_backends.card import ModelCard, read_json
from ml_backends.types import BackendInfo, BackendUnavailable

GROUP = "glossator.backends"


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point: `name = module:callable`; the callable makes a `Backend` when called without arguments."""

    entry: EntryPoint
    rival: EntryPoint | None = None
    """Of another package, under the same name."""

    def info(self) -> BackendInfo:
        """From the JSON file named like the module and beside it; a plug-in without one is told by its package's
        metadata. Raises BackendUnavailable where the file is wrong.

        `"card": "weights/name.json"` in it points to a model card, which then tells version, labels and weights.
        """
        self._alone()
        path = _beside(self.entry.module)
        if path is None or not path.is_file():
            return self._told_by_package()
        info = read_json(BackendInfo, path)
        card = read_json(_Pointer, path).card
        return ModelCard.read(path.parent / card).complete(info) if card else info

    def factory(self) -> object:
        """What the entry point names, imported now. Raises BackendUnavailable with the reason where that fails."""
        self._alone()
        try:
            return self.entry.load()
        except Exception as error:  # somebody else's module may raise anything
            raise BackendUnavailable(
                f"backend {self.entry.name!r} of {_package(self.entry)} cannot be imported ({self.entry.value}): "
                f"{type(error).__name__}: {error}"
            ) from error

    def _alone(self) -> None:
        if self.rival:
            packages = f"{_package(self.entry)} and {_package(self.rival)}"
            raise BackendUnavailable(f"{packages} both bring a backend {self.entry.name!r}: uninstall one of them")

    def _told_by_package(self) -> BackendInfo:
        dist = self.entry.dist
        if dist is None:
            return BackendInfo(self.entry.name, "0", self.entry.name)
        told = {key: str(value) for key, value in dist.metadata.json.items()}
        licence = told.get("license_expression") or told.get("license")
        title = told.get("summary") or self.entry.name
        return BackendInfo(self.entry.name, dist.version, title, licence=licence, homepage=told.get("home_page"))


@dataclass(frozen=True, slots=True)
class _Pointer:
    card: str | None = None


def installed() -> dict[str, Plugin]:
    """The backends that packages of this Python bring, by name."""
    found: dict[str, Plugin] = {}
    for entry in entry_points(group=GROUP):
        first = found.setdefault(entry.name, Plugin(entry)).entry
        if first.value != entry.value:
            found[entry.name] = Plugin(first, rival=entry)
    return found


def missing(info: BackendInfo) -> list[str]:
    """What `pip install` has to be told so that the modules in `info.requires` are there."""
    named = [requirement.partition(":")[::2] for requirement in info.requires]
    return [package or module for module, package in named if _spec(module) is None]


def _beside(module: str) -> Path | None:
    """Where the JSON file of a module would be: `a/b.py` has `a/b.json`, a package `a/b/` has `a/b/b.json`."""
    spec = _spec(module)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).with_name(module.rpartition(".")[2] + ".json")


def _spec(module: str) -> ModuleSpec | None:
    """As importlib.util.find_spec, which would import the packages above the module."""
    top, *rest = module.split(".")
    if module in sys.modules:
        return sys.modules[module].__spec__
    spec = find_spec(top)
    name = top
    for part in rest:
        places: Sequence[str] = (spec.submodule_search_locations if spec else None) or ()
        name = f"{name}.{part}"
        spec = PathFinder.find_spec(name, places)
    return spec


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.module
