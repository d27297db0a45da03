"""What the web side and the engine say to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from iiif_store.canvas import CanvasPicture
from iiif_store.errors import GlossatorError
from iiif_store.reading import Recipe
from iiif_store.stores.base import Failure, Job

Urgency = Literal["now", "soon", "later"]
"""On demand before prefetch before batch."""


@dataclass(frozen=True, slots=True)
class ReadingTask:
    """One reading to be made: plain data, so that it can be sent to another machine."""

    recipe: Recipe
    view: CanvasPicture
    source: str
    canvas: str

    @property
    def revision(self) -> str:
        return self.recipe.revision


class StillComputing(GlossatorError):
    """The deadline passed; the work goes on and the next GET is warm."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EngineBusy(StillComputing):
    """The queue is at its cap, or too many threads wait already; nothing was queued."""


class EngineUnavailable(StillComputing):
    """No engine answers and none could be started."""


class EngineLost(GlossatorError, OSError):
    """An engine is gone or does not answer. What it was asked for is asked for again; nobody outside sees this."""


class ReadingFailed(GlossatorError):
    """The model or the picture failed; the failure row says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class LoadedBackend:
    name: str
    version: str
    device: str
    predicted: int
    """Pictures since it was loaded."""
    failed: int = 0
    """Pictures that it raised an error for."""
    seconds: float = 0.0
    """From handing a picture to its lane until the findings were there, summed over all pictures."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the admin page and /metrics show."""

    running: bool
    address: str | None
    workers: int
    queued: int
    """Readings that wait, of every urgency."""
    computing: Sequence[ReadingTask]
    backends: Sequence[LoadedBackend]
    """One for each worker that has loaded it."""
    waiting: Mapping[Urgency, int] = field(default_factory=dict)
    """`queued` by urgency."""


class Engine(Protocol):
    """The web side's door to the engine."""

    def ensure(self, task: ReadingTask, *, wait: float) -> None:
        """Return once the reading is stored; raises StillComputing after `wait` seconds, ReadingFailed, EngineBusy.

        Giving up does not stop the work. Many callers of one revision make the model run once.
        """
        ...

    def prefetch(self, tasks: Iterable[ReadingTask]) -> None:
        """Ask for readings below on-demand priority; returns at once, never raises."""
        ...

    def start(self, job: Job) -> None:
        """Make sure that an engine runs and knows of this job, which is already in the store."""
        ...

    def status(self) -> EngineStatus: ...
