"""A connection to one engine: tasks in, questions answered. When it breaks it is broken for good."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from distributed import Client
from distributed.security import Security

from server.engine.configuration import PRIORITIES, PROMPT, RESOURCES
from server.engine.tasks import Report, key_of, read, report
from server.engine.types import EngineLost, ReadingTask, Urgency

T = TypeVar("T")

GOODBYE = "engine-goodbye"
"""Name of the thread in which a link is closed."""

ANSWER = 10.0
"""Seconds that a scheduler gets for an answer."""


class Connection(Client):
    """A Dask client that does not try to come back: the next engine has another address."""

    async def _reconnect(self) -> None:
        self.status, self.scheduler_comm = "connecting", None
        for state in self.futures.values():
            state.cancel(reason="scheduler-connection-lost", msg="The engine is gone.")
        self.futures.clear()


class Link:
    """Any number of threads may use one."""

    def __init__(self, url: str, keys: Security, *, timeout: float = ANSWER) -> None:
        """Connects; raises EngineLost."""
        try:
            self._client = Connection(  # type: ignore[no-untyped-call]
                url, security=keys, timeout=timeout, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise EngineLost(f"No engine answers at {url}: {error}") from error
        if self._client.scheduler_comm:
            self._client.scheduler_comm.interval = PROMPT
        self.url = url

    @property
    def alive(self) -> bool:
        return bool(self._client.status == "running")

    def submit(self, task: ReadingTask, urgency: Urgency, ended: Callable[[], None]) -> None:
        """Ask for a reading. The work goes on whatever becomes of this process; the store tells how it came out.

        `ended` is called, in another thread, when the task has come to an end or the link breaks. Raises EngineLost.
        """
        if not self.alive:
            raise EngineLost(f"The connection to {self.url} broke.")
        future = self._client.submit(
            read,
            task,
            key=key_of(task, urgency),
            priority=PRIORITIES[urgency],
            resources=dict(RESOURCES[urgency]),
            pure=False,
        )
        future.add_done_callback(lambda _: ended())  # type: ignore[no-untyped-call]

    def report(self) -> Report:
        """The state of the engine; raises EngineLost."""
        return self.ask(report)

    def ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """Run one of the functions of `tasks` on the scheduler; raises EngineLost."""
        try:
            answer: T = self._client.run_on_scheduler(  # type: ignore[no-untyped-call]
                question, *arguments, callback_timeout=ANSWER
            )
        except OSError as error:  # TimeoutError is one
            raise EngineLost(f"The engine at {self.url} does not answer: {error}") from error
        return answer

    def close(self) -> None:
        """At once; the goodbye is said in the background, since nobody may be there to hear it."""
        threading.Thread(target=self._client.close, name=GOODBYE, daemon=True).start()
