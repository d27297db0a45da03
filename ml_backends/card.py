"""The model card: what is known of one set of weights, in the JSON file that lies beside them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from ml_backends.types import BackendInfo, BackendUnavailable, Task, WeightsFile

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Calibration:
    """A curve through points: raw score -> share of such findings that were right on pages held out for it.

    Straight between two points, level outside of them. Isotonic regression (Zadrozny and Elkan, 2002) is given exactly
    this way, a logistic curve (Platt, 1999) by points taken from it.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.x, self.x[1:], strict=False))
        level = all(a <= b for a, b in zip(self.y, self.y[1:], strict=False))
        if not (self.x and len(self.x) == len(self.y) and rising and level and self.y[0] >= 0 and self.y[-1] <= 1):
            raise ValueError("calibration needs as many x as y, x rising, y never falling, y within 0..1")

    def raw(self, score: float) -> float:
        """The raw score that becomes `score`; one of them where several do."""
        i = bisect_left(self.y, score)
        if i in (0, len(self.y)):
            return self.x[min(i, len(self.x) - 1)]
        share = (score - self.y[i - 1]) / (self.y[i] - self.y[i - 1])
        return self.x[i - 1] + share * (self.x[i] - self.x[i - 1])

    def __call__(self, score: float) -> float:
        i = bisect_right(self.x, score)
        if i in (0, len(self.x)):
            return self.y[max(i - 1, 0)]
        share = (score - self.x[i - 1]) / (self.x[i] - self.x[i - 1])
        return self.y[i - 1] + share * (self.y[i] - self.y[i - 1])


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One version of a model. Files lie beside the card, under the names in `sha256`."""

    name: str
    version: str
    sha256: Mapping[str, str]
    """File name -> hash: the .onnx file, the .pt file or both."""
    labels: tuple[str, ...]
    """In the order of the network's outputs."""
    imgsz: int
    """Longest side in pixels that the network is given; of a colouriser, the side of a square of as many pixels."""
    task: Task = "detect"
    backend: str = "yolo"
    """The installed backend that runs these weights."""
    title: str | None = None
    concepts: Mapping[str, str] = field(default_factory=dict)
    """Label -> URI in an authority file."""
    threshold: float = 0.25
    iou: float = 0.7
    """Of two boxes of one label that overlap more than this, non-maximum suppression keeps the better one."""
    rivals: Mapping[str, str] = field(default_factory=dict)
    """Label -> another one: where both are found in one place, the score of the first falls with that of the second."""
    calibration: Calibration | None = None
    score_type: str = "uncalibrated"
    url: str | None = None
    """Folder on the web that holds the files, where they are not shipped."""
    licence: str | None = None
    homepage: str | None = None
    max_edge: int | None = None
    """Longest side in pixels of a picture that is of use, where that is more than the network is given."""

    def __post_init__(self) -> None:
        if not self.sha256 or any(Path(name).name != name for name in self.sha256):
            raise ValueError("sha256 needs the plain name of at least one file beside the card")
        if strange := {*self.rivals, *self.rivals.values()} - set(self.labels):
            raise ValueError(f"rivals name labels that the card has not: {', '.join(sorted(strange))}")

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """The card in a JSON file; keys that are not known here are passed over. Raises BackendUnavailable."""
        return read_json(cls, path)

    @property
    def files(self) -> tuple[WeightsFile, ...]:
        """The weights, sorted by name."""
        return tuple(
            WeightsFile(n, h, self.url and f"{self.url.rstrip('/')}/{n}") for n, h in sorted(self.sha256.items())
        )

    def complete(self, info: BackendInfo) -> BackendInfo:
        """What is known of the backend that runs these weights, with what is known of the weights."""
        return replace(
            info,
            name=self.name,
            version=self.version,
            title=self.title or (info.title if info.name == self.name else self.name),
            labels=self.labels,
            concepts=self.concepts,
            max_edge=self.max_edge or self.imgsz,
            threshold=self.threshold,
            score_type="calibrated" if self.calibration else self.score_type,
            weights=self.files,
            licence=self.licence or info.licence,
            homepage=self.homepage or info.homepage,
        )


def read_json(kind: type[T], path: Path) -> T:
    """A value of the dataclass `kind` from a JSON file; raises BackendUnavailable that says what is wrong where."""
    try:
        found: T = _adapter(cast(Any, kind)).validate_json(path.read_bytes())
    except OSError as error:
        raise BackendUnavailable(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BackendUnavailable(f"{path} is not a {kind.__name__}: {where}: {first['msg']}") from error
    return found


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Making one takes milliseconds."""
    return TypeAdapter(kind)
