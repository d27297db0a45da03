"""The models that this worker has loaded: one lane for each backend and version, opened when first needed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from PIL.Image import Image

from iiif_store.reading import Recipe
from ml_backends.lane import Lane
from ml_backends.types import Finding
from server.engine.types import LoadedBackend

OpenLane = Callable[[Recipe, str], Lane]
"""(whose backend and version, device) -> a lane, not started; raises BackendUnavailable or UnknownBackend."""


class Loaded:
    """One lane and what went through it."""

    def __init__(self) -> None:
        self.opening = threading.Lock()
        self.lane: Lane | None = None
        self._tally = threading.Lock()
        self._predicted = self._failed = 0
        self._seconds = 0.0

    def count(self, seconds: float, *, failed: bool) -> None:
        with self._tally:
            self._predicted += not failed
            self._failed += failed
            self._seconds += seconds

    def tell(self, name: str, version: str, device: str) -> LoadedBackend:
        return LoadedBackend(name, version, device, self._predicted, self._failed, round(self._seconds, 3))


class Lanes:
    """Opens lanes, counts what goes through them, closes them together."""

    def __init__(self, open_lane: OpenLane, device: str) -> None:
        self._open_lane, self.device = open_lane, device
        self._lock = threading.Lock()
        self._loaded: dict[tuple[str, str], Loaded] = {}

    def predict(self, recipe: Recipe, picture: Image) -> list[Finding]:
        """What the model finds; waits for its lane, and for the model to be loaded when it is the first."""
        with self._lock:
            loaded = self._loaded.setdefault((recipe.backend, recipe.version), Loaded())
        lane = self._opened(loaded, recipe)
        begun = time.perf_counter()
        error = (answer := lane.submit(picture)).exception()
        loaded.count(time.perf_counter() - begun, failed=error is not None)
        if error is None or isinstance(error, Exception):
            return answer.result()
        raise RuntimeError(f"backend {recipe.backend!r} tried to end its process: {error!r}") from error

    def loaded(self) -> list[LoadedBackend]:
        with self._lock:
            found = list(self._loaded.items())
        return [loaded.tell(*key, self.device) for key, loaded in found if loaded.lane]

    def close(self) -> None:
        with self._lock:
            for loaded in self._loaded.values():
                if loaded.lane:
                    loaded.lane.close()

    def _opened(self, loaded: Loaded, recipe: Recipe) -> Lane:
        """A model that cannot be loaded is tried again by the next picture: what was missing may be there then."""
        with loaded.opening:
            if loaded.lane is None:
                lane = self._open_lane(recipe, self.device)
                lane.start()
                loaded.lane = lane
            return loaded.lane
