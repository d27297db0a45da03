"""A reading: what one model found in one picture, computed once and kept for ever (design, section 1)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from ml_backends.types import Finding

IMPORTED = "import-"
"""Begins the names of backends that stand for a file somebody brought: nothing here computed their readings."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a reading depends on; nothing else does it depend on."""

    picture: str
    """`CanvasPicture.reference`: the same picture in two manifests has the same one."""
    generation: int
    """Raised when a refresh finds other bytes behind the same reference."""
    backend: str
    version: str
    weights: str
    """SHA-256 of the weights, "" for a backend without any."""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def revision(self) -> str:
        """64 hexadecimal characters that name the reading."""
        parts = [self.picture, self.generation, self.backend, self.version, self.weights, dict(self.parameters)]
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Reading:
    """Findings in pixels of the picture as the model got it, with the record of the run that made them."""

    recipe: Recipe
    width: int
    height: int
    """Size in pixels of the picture that the findings are measured in; it shows the whole canvas."""
    findings: tuple[Finding, ...]
    started: str
    ended: str
    """UTC, xsd:dateTime with Z."""
    inputs: tuple[str, ...] = ()
    """URLs that were asked for the picture."""
    digest: str = ""
    """SHA-256 of the picture's bytes as delivered, so that a refresh can see a change."""
    device: str = ""
    software: str = ""
    """"glossator 0.1.0"."""
    maker: str = ""
    """Of an imported reading: the model, as the file names it; "" for what was computed here, and if it names none."""

    @property
    def revision(self) -> str:
        return self.recipe.revision
