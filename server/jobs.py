"""Asking for many readings at once, changing one's mind, and seeing how far it is. The engine does the work."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from iiif_store.errors import GlossatorError, NotFound
from iiif_store.stores.base import Job, JobState, Store
from server.engine.jobs import Counts, Plan, count
from server.engine.plan import PolicyForbids
from server.engine.types import Engine
from server.errors import BadInput
from server.sources import Sources, now

CHANGES: Mapping[str, tuple[JobState, frozenset[JobState]]] = {
    "pause": ("paused", frozenset({"queued", "running"})),
    "cancel": ("cancelled", frozenset({"queued", "running", "paused"})),
    "resume": ("queued", frozenset({"paused", "failed", "cancelled"})),
}
"""What may be asked of a job: the state it leads to, and those in which it can be asked."""


class Jobs:
    """The records are in the store; what runs looks at them."""

    def __init__(self, store: Store, sources: Sources, plan: Plan, engine: Engine, *, attempts: int) -> None:
        self._store, self._sources, self._plan, self._engine = store, sources, plan, engine
        self._attempts = attempts

    def ask(self, sources: Sequence[str], backends: Sequence[str], *, by: str) -> Job:
        """Start a job; raises NotFound, Gone, PolicyForbids or EngineUnavailable."""
        for name in sources:
            source = self._sources.open(name)
            if source.effective_policy == "off":
                reason = source.refusal or "its policy is 'off'"
                raise PolicyForbids(f"Nothing may be computed for source {name}: {reason}.")
        job = Job(secrets.token_hex(8), tuple(sources), tuple(backends), "queued", now(), asked_by=by)
        self._store.put_job(job)
        self._engine.start(job)
        return job

    def find(self, name: str) -> Job:
        """Raises NotFound."""
        if found := self._store.get_job(name):
            return found
        raise NotFound(f"There is no job {name}. GET /api/jobs lists them.")

    def change(self, job: Job, action: str) -> Job:
        """Pause, cancel or resume; raises BadInput where that makes no sense."""
        changed = self._store.update_job(job.id, partial(_changed, action=action))
        if changed is None:
            raise BadInput(f"Job {job.id} is {self.find(job.id).state}; it cannot be asked to {action!r}.")
        if changed.state == "queued":
            self._engine.start(changed)
        return changed

    def counts(self, job: Job) -> Counts | None:
        """How far it is; None where it cannot be counted any more, since a source was deleted."""
        try:
            return count(job, self._plan, self._store, self._attempts)
        except GlossatorError:
            return None


def _changed(job: Job | None, action: str) -> Job | None:
    if job is None or action not in actions(job):
        return None
    state = CHANGES[action][0]
    return replace(job, state=state, ended=now() if state == "cancelled" else None, message=None)


def actions(job: Job) -> list[str]:
    """What may be asked of it now."""
    return [action for action, (_, states) in CHANGES.items() if job.state in states]
