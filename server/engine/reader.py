"""Makes one reading: claim, look, fetch the picture, let the model look at it, write. What every task runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from PIL.Image import Image

from iiif_store.canvas import CanvasPicture
from iiif_store.errors import StoreUnavailable
from iiif_store.reading import Reading
from iiif_store.stores.base import Claim, Failure, Store
from ml_backends.types import Finding
from server.engine import drawing, failing
from server.engine.gate import Gate
from server.engine.lanes import Lanes
from server.engine.types import ReadingTask

log = logging.getLogger(__name__)

SOONEST, SLOWEST = 0.02, 0.1
"""Seconds between two looks at a claim that somebody else holds."""


Judge = Callable[[ReadingTask, Exception, Failure | None, int], Failure]
"""One of the functions of `failing`."""


class Delivered(Protocol):
    """What `iiif_store.fetch.pictures` delivers."""

    @property
    def image(self) -> Image: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...
    @property
    def digest(self) -> str: ...


class Reader:
    """One per worker process; any number of threads read at once.

    A worker that dies leaves claims behind. What was in flight then is read again with nothing beside it, and only
    what kills a worker alone is marked as failed (design, section 4).
    """

    def __init__(
        self,
        store: Store,
        fetch: Callable[[CanvasPicture, int], Delivered],
        lanes: Lanes,
        *,
        attempts: int,
        software: str,
        written: Callable[[ReadingTask], None] = lambda task: None,
    ) -> None:
        """`written` is told of every reading that was made here, after it was stored."""
        self._store, self._fetch, self.lanes = store, fetch, lanes
        self._attempts, self._software, self._written = attempts, software, written
        self._gate = Gate()

    def read(self, task: ReadingTask) -> None:
        """Afterwards the store holds the reading or the reason why there is none. Made once, whoever asks.

        Raises GateClosed when this worker is about to stop, and what the store raises.
        """
        if failing.is_suspect(self._store.get_failure(task.revision)) or not self._together(task):
            self._alone(task)

    def close(self, timeout: float) -> None:
        """Begin nothing more, and let what is in flight come to its end for `timeout` seconds."""
        if self._gate.close(timeout):
            self.lanes.close()

    def _together(self, task: ReadingTask) -> bool:
        """False if it must be read alone. The claim is given back first: waiting with it would look like guilt."""
        with self._gate.together(), self._claimed(task.revision) as claim:
            if self._is_settled(task):
                return True
            if claim.deaths:
                log.warning("in flight when a worker died", extra=_about(task))
                self._store.put_failure(failing.suspected(task))
                return False
            self._attempt(task)
            return True

    def _alone(self, task: ReadingTask) -> None:
        with self._gate.alone(), self._claimed(task.revision) as claim:
            if self._is_settled(task):
                return
            if claim.deaths:
                log.error("killed its worker alone", extra=_about(task))
                self._store.put_failure(failing.killed(task))
                return
            self._attempt(task)

    @contextmanager
    def _claimed(self, revision: str) -> Iterator[Claim]:
        """The claim, after whoever else holds it has come to an end."""
        pause = SOONEST
        while True:
            with self._store.claim(revision) as claim:
                if claim:
                    yield claim
                    return
            time.sleep(pause)
            pause = min(pause * 1.5, SLOWEST)

    def _is_settled(self, task: ReadingTask) -> bool:
        """Somebody else has made it, or has failed so lately that it is not yet to be tried again."""
        if self._store.has_reading(task.revision):
            return True
        failure = self._store.get_failure(task.revision)
        return failure is not None and not failing.is_due(failure)

    def _attempt(self, task: ReadingTask) -> None:
        started, begun = failing.utc(), time.perf_counter()
        try:
            delivered = self._fetch(task.view, task.recipe.parameters["max_edge"])
        except Exception as error:  # noqa: BLE001  whatever it is, the failure's row says so
            return self._fail(task, failing.of_picture, error)
        fetched = time.perf_counter()
        try:
            findings = self._kept(task, self.lanes.predict(task.recipe, delivered.image), delivered)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  somebody else's backend may raise anything
            return self._fail(task, failing.of_backend, error)
        predicted = time.perf_counter()
        self._store.activities.touch(task.source)  # and below again; `Activities` says why
        self._store.put_reading(self._reading(task, findings, delivered, started))
        self._store.clear_failure(task.revision)
        self._store.activities.touch(task.source)
        self._written(task)
        seconds = {"fetched": round(fetched - begun, 3), "predicted": round(predicted - fetched, 3)}
        log.info("read", extra=_about(task) | seconds)

    def _kept(self, task: ReadingTask, findings: list[Finding], delivered: Delivered) -> list[Finding]:
        if all(finding.picture is None for finding in findings):
            return findings
        return drawing.keep(findings, self._store.images, task.revision, delivered.image.size, failing.utc())

    def _reading(self, task: ReadingTask, findings: Sequence[Finding], delivered: Delivered, started: str) -> Reading:
        return Reading(
            recipe=task.recipe,
            width=delivered.image.width,
            height=delivered.image.height,
            findings=tuple(findings),
            started=started,
            ended=failing.utc(),
            inputs=delivered.inputs,
            digest=delivered.digest,
            device=self.lanes.device,
            software=self._software,
        )

    def _fail(self, task: ReadingTask, judge: Judge, error: Exception) -> None:
        failure = judge(task, error, self._store.get_failure(task.revision), self._attempts)
        trace = error if failure.kind == "backend" else None
        facts = {"kind": failure.kind, "reason": failure.reason, "count": failure.count, "next_try": failure.next_try}
        log.warning("not read", extra=_about(task) | facts, exc_info=trace)
        self._store.put_failure(failure)


def _about(task: ReadingTask) -> dict[str, object]:
    return {
        "revision": task.revision[:16],
        "backend": task.recipe.backend,
        "source": task.source,
        "canvas": task.canvas,
    }
