"""What every backend speaks: pictures in, findings out. No IIIF, no torch, no HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from PIL.Image import Image

Picture: TypeAlias = Image
Task = Literal["detect", "segment", "orient", "classify", "colourise"]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels of the picture, origin at the top left; width and height above 0."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed outline in pixels of the picture; three points or more, the last joined to the first."""

    points: tuple[tuple[float, float], ...]


Region = Box | Polygon


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that a model drew, after it went to where images are kept: a stored reading has this in its place."""

    width: int
    height: int
    """In pixels, of the same frame as the picture that the model was given."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a model saw, read or drew, in pixels of the picture that it was given."""

    motivation: str
    """A Web Annotation motivation: classifying, tagging, supplementing, describing, ..."""
    region: Region | None = None
    """None: the whole picture."""
    label: str | None = None
    """From the backend's own vocabulary."""
    text: str | None = None
    language: str | None = None
    """BCP 47."""
    concept: str | None = None
    """URI in an authority file, where the label maps to one for sure."""
    score: float | None = None
    """0..1; None: the backend gives none."""
    picture: Picture | Drawn | None = None
    """A derived image of the same frame: a colourised page, a mask. Of any size, but of the same proportions."""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """Where a backend's weights come from: shipped beside the code, or fetched once and kept."""

    name: str
    sha256: str
    url: str | None = None
    """None: shipped with the package, or already in the weights directory."""


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What can be told of a backend without importing it: read from the JSON file beside its module."""

    name: str
    version: str
    title: str
    motivations: tuple[str, ...] = ("classifying", "tagging")
    labels: tuple[str, ...] = ()
    concepts: Mapping[str, str] = field(default_factory=dict)
    """label -> URI in an authority file."""
    max_edge: int = 1280
    """The longest side, in pixels, of a picture that the model can use; a larger one is wasted."""
    batch: int = 8
    threshold: float = 0.25
    """Findings scored lower are kept in the reading but not published, unless the layer says otherwise."""
    score_type: str = "calibrated"
    """What the score is: calibrated, softmax, ..."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema of what inference can be told."""
    weights: tuple[WeightsFile, ...] = ()
    variant: str | None = None
    """Of a backend that draws pictures to be looked at in place of the originals ("painting" among its motivations):
    what the manifest that shows both is called in URLs, such as "colorized". Its first label is what a drawn picture
    is called."""
    licence: str | None = None
    homepage: str | None = None
    requires: tuple[str, ...] = ()
    """Modules that must be importable; missing ones make the backend unavailable, with the pip line.
    `module:package` where the package to install is called otherwise: `cv2:opencv-python`."""


@dataclass(frozen=True, slots=True)
class Directories:
    """Where a backend finds weights and where it may keep files."""

    weights: Path | None = None
    """The operator's directory for machines without a network (GLOSSATOR_WEIGHTS)."""
    cache: Path | None = None
    """Downloads, exported models, a library's own settings; may be deleted at any time. None: nothing is kept."""


class Transport(Protocol):
    """How a backend reaches the network: the server's guarded fetcher, and nothing else."""

    def get(self, url: str, *, max_bytes: int) -> bytes:
        """The body behind `url`; raises OSError when refused, unreachable or larger than `max_bytes`."""
        ...

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        """The body of the answer to a POST; errors as for `get`."""
        ...


class Backend(Protocol):
    """A model. `load` once, then `predict` from one thread only (its lane)."""

    info: BackendInfo

    def load(self, device: str, transport: Transport) -> None:
        """Read weights onto `device` ("cpu", "cuda", "cuda:1", "mps"); raises BackendUnavailable."""
        ...

    def predict(self, pictures: Sequence[Picture]) -> Sequence[list[Finding]]:
        """Findings for each picture: same length, same order, down to a low score floor."""
        ...


@runtime_checkable
class KeepsFiles(Protocol):
    """A backend that reads or keeps files: whoever creates it sets `directories` before `load`."""

    directories: Directories


@runtime_checkable
class Prepares(Protocol):
    """A backend that can do part of its work outside its lane: decoding, resizing, cropping.

    `predict(pictures)` must find the same as `predict_prepared([prepare(p) for p in pictures])`.
    """

    def prepare(self, picture: Picture) -> Any:
        """What `predict_prepared` takes; called after `load`, from many threads at once."""
        ...

    def predict_prepared(self, prepared: Sequence[Any]) -> Sequence[list[Finding]]:
        """As `Backend.predict`, from the lane's thread only."""
        ...


class BackendUnavailable(Exception):
    """A backend cannot be used here. The text says what to install or where to put which file."""


class UnknownBackend(KeyError):
    """No backend of that name is installed."""
