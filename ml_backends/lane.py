"""One thread for each loaded backend: what many threads ask for becomes batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Self

from ml_backends.types import Backend, Finding, Picture, Prepares, Transport

Findings = list[Finding]


@dataclass(frozen=True, slots=True)
class _Request:
    what: Any
    """A picture, or what the backend prepared from it."""
    answer: Future[Findings]


class Lane:
    """Loads a backend and is the only thread that it predicts on.

    Whatever waits is predicted together, up to `info.batch` pictures. A backend that can prepare pictures does so in
    the thread that submits them.
    """

    def __init__(self, backend: Backend, device: str, transport: Transport) -> None:
        self.backend, self.device = backend, device
        self._prepare = backend.prepare if isinstance(backend, Prepares) else None
        self._predict = backend.predict_prepared if isinstance(backend, Prepares) else backend.predict
        self.predicted = 0
        """Pictures since it was loaded."""
        self._transport = transport
        self._waiting: deque[_Request] = deque()
        self._changed = Condition()
        self._closed = False
        self._loaded: Future[None] = Future()
        self._thread = Thread(target=self._run, name=f"lane-{backend.info.name}", daemon=True)

    def start(self) -> None:
        """Returns when the backend is loaded; raises what its `load` raises."""
        self._thread.start()
        self._loaded.result()

    def submit(self, picture: Picture) -> Future[Findings]:
        """The findings to come, or the error that this picture causes; needs a started lane.

        A future that is cancelled before its turn costs nothing.
        """
        answer: Future[Findings] = Future()
        try:
            what = self._prepare(picture) if self._prepare else picture
        except Exception as error:  # noqa: BLE001  it is the caller's, and reaches it through the future
            answer.set_exception(error)
            return answer
        with self._changed:
            if self._closed or not self._thread.is_alive():
                raise RuntimeError(f"the lane of {self.backend.info.name!r} is closed or was never started")
            self._waiting.append(_Request(what, answer))
            self._changed.notify()
        return answer

    def close(self) -> None:
        """Takes nothing more, finishes what waits, and returns when that is done."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            self.backend.load(self.device, self._transport)
        except BaseException as error:  # noqa: BLE001  raised again in the thread that waits in start()
            self._loaded.set_exception(error)
            return
        self._loaded.set_result(None)
        while batch := self._next():
            self._answer([request for request in batch if request.answer.set_running_or_notify_cancel()])

    def _next(self) -> list[_Request]:
        """What waits, after waiting for something; empty when the lane is closed and nothing waits."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), self.backend.info.batch))]

    def _answer(self, batch: Sequence[_Request]) -> None:
        """A batch that fails is asked for again one by one, so that only the picture that is to blame fails."""
        try:
            results = self._checked([request.what for request in batch])
        except BaseException as error:  # noqa: BLE001  a future that nobody answers would be waited for for ever
            if len(batch) == 1:
                batch[0].answer.set_exception(error)
            else:
                for request in batch:
                    self._answer([request])
            return
        for request, found in zip(batch, results, strict=True):
            request.answer.set_result(found)

    def _checked(self, batch: list[Any]) -> Sequence[Findings]:
        """Holds the backend to its contract: one list of findings for each picture."""
        if not batch:
            return []
        results = self._predict(batch)
        if len(results) != len(batch) or not all(isinstance(found, list) for found in results):
            raise TypeError(
                f"backend {self.backend.info.name!r} broke its contract: for {len(batch)} pictures it answered "
                f"{type(results).__name__} of length {len(results)}, not that many lists of findings"
            )
        self.predicted += len(batch)
        return results
