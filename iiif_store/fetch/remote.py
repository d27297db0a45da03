"""Fetching from publishers: guarded, limited, polite, patient, and from a shared cache where that will do."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ..errors import FetchFailed
from .cache import DiskCache, Entry
from .exchange import Answer, Exchange, Question
from .failures import Unavailable
from .freshness import lifetime, may_be_kept
from .guard import Guard, GuardedAdapter
from .limits import Deadline, Limits
from .polite import Turns

_Wish = tuple[str, str, int, bool, bool]
"""URL, accept, most bytes, fresh, keep."""

log = logging.getLogger(__name__)

_RETRIED = frozenset({None, 429, 502, 503, 504})
"""None: no answer at all, or one that broke off."""
_LONGEST_REST = 3600.0
_REVOKED = frozenset({401, 403, 404, 410})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body and what is known of it."""

    body: bytes
    url: str
    """The final one."""
    etag: str | None
    last_modified: str | None
    content_type: str | None
    fetched: str
    """When the publisher last said that this is the content; xsd:dateTime with Z."""
    age: int
    """Seconds since then."""
    stale: bool
    """The publisher could not be asked; this is the last copy."""


class Remote:
    """One per process; any number of threads may use it. It keeps connections open, and neither cookies nor logins."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        guard: Guard | None = None,
        allow_hosts: frozenset[str] = frozenset(),
        proxy: str | None = None,
        user_agent: str = "Glossator",
        cache_dir: Path | None = None,
        fresh_for: float = 3600.0,
        ca_file: Path | None = None,
    ) -> None:
        """`guard` replaces the one made of `allow_hosts`. `fresh_for`: seconds that a copy is used without asking when
        its publisher does not say how long. `ca_file`: certificates to trust instead of the usual ones."""
        self.limits = limits or Limits()
        self._user_agent, self._fresh_for = user_agent, fresh_for
        self._lock = threading.Lock()
        self._flights: dict[_Wish, Future[Fetched]] = {}
        self._cache = DiskCache(cache_dir / "http") if cache_dir else None
        self._turns = Turns(self.limits.per_host, cache_dir / "turns" if cache_dir else None)
        self._adapter = GuardedAdapter(
            guard or Guard(allow_hosts), proxy=proxy, answer_within=self.limits.total_timeout
        )
        verify = str(ca_file) if ca_file else True
        self._exchange = Exchange(self._adapter, self._turns, self.limits, verify=verify)

    def get(
        self, url: str, *, accept: str = "*/*", max_bytes: int | None = None, fresh: bool = False, keep: bool = True
    ) -> Fetched:
        """The content of `url`; from the cache while that is fresh, else asked for, conditionally where possible.

        `fresh` asks the publisher in any case; `keep=False` leaves the cache alone. When the publisher is down, the
        last copy is given with `stale` set. Raises FetchRefused, Restricted or FetchFailed (Unavailable if trying
        again later may help).
        """
        most = self.limits.max_bytes if max_bytes is None else max_bytes
        wish = (url, accept, most, fresh, keep)
        with self._lock:
            flight = self._flights.get(wish)
            if mine := flight is None:
                flight = self._flights[wish] = Future()
        if mine:
            self._fly(flight, wish)
        return flight.result()

    def _fly(self, flight: Future[Fetched], wish: _Wish) -> None:
        """Threads that want the same thing at the same time share one answer, be it an error."""
        try:
            flight.set_result(self._get(*wish))
        except BaseException as error:  # noqa: BLE001  raised again by each `result()`
            flight.set_exception(error)
        finally:
            with self._lock:
                del self._flights[wish]

    def _get(self, url: str, accept: str, most: int, fresh: bool, keep: bool) -> Fetched:
        key = f"{url}\n{accept}"
        cache = self._cache if keep else None
        kept = cache.read(key) if cache else None
        if kept and kept[0].size > most:
            kept = None
        if kept and not fresh and time.time() < kept[0].fresh_until:
            return _fetched(*kept)
        question = self._question(url, accept, most, kept[0] if kept else None)
        try:
            answer = self._ask(question)
        except Unavailable as error:
            if kept is None:
                raise
            log.warning("Using the copy of %s that is %d s old: %s", url, time.time() - kept[0].validated, error)
            return _fetched(*kept, stale=True)
        except FetchFailed as error:
            if cache and error.status in _REVOKED:
                cache.forget(key)
            raise
        return self._keep(cache, key, answer, kept)

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        """The answer's body. Asked once, never redirected; errors as for `get`."""
        headers = {"User-Agent": self._user_agent, **headers}
        question = Question(url, headers, max_bytes, method="POST", body=body)
        return self._exchange.ask(question, Deadline.after(self.limits.total_timeout)).body

    def forget(self, url: str, *, accept: str = "*/*") -> None:
        """Drops the copy, for instance because it turned out to be broken."""
        if self._cache:
            self._cache.forget(f"{url}\n{accept}")

    def close(self) -> None:
        """Closes idle connections."""
        self._adapter.close()

    def _question(self, url: str, accept: str, max_bytes: int, kept: Entry | None) -> Question:
        headers = {"User-Agent": self._user_agent, "Accept": accept}
        if kept is None:
            return Question(url, headers, max_bytes)
        return Question(url, headers, max_bytes, validators=kept.validators, validated=kept.url)

    def _ask(self, question: Question) -> Answer:
        """Asks, and again after a wait, while that can help and the time lasts."""
        deadline, attempt = Deadline.after(self.limits.total_timeout), 0
        while True:
            try:
                return self._exchange.ask(question, deadline)
            except Unavailable as error:
                wait = self._wait(error, attempt, deadline)
                if wait is None:
                    raise
                log.info("Trying again in %.1f s: %s", wait, error)
            time.sleep(wait)
            attempt += 1

    def _wait(self, error: Unavailable, attempt: int, deadline: Deadline) -> float | None:
        """Seconds until the next attempt; None: there is none."""
        if error.status == 429 and error.retry_after:
            self._turns.rest(error.url, min(error.retry_after, _LONGEST_REST))
        if attempt >= self.limits.retries or error.status not in _RETRIED:
            return None
        wait = error.retry_after
        if wait is None:
            wait = self.limits.backoff * 2**attempt * random.uniform(0.75, 1.25)
        return wait if wait < min(self.limits.longest_wait, deadline.left) else None

    def _keep(self, cache: DiskCache | None, key: str, answer: Answer, kept: tuple[Entry, bytes] | None) -> Fetched:
        now, headers = time.time(), answer.headers
        fresh_until = now + lifetime(headers, self._fresh_for)
        if answer.status == 304 and kept is not None:
            entry, body = replace(kept[0], validated=now, fresh_until=fresh_until), kept[1]
        else:
            body = answer.body
            etag, modified, kind = (headers.get(name) for name in ("ETag", "Last-Modified", "Content-Type"))
            entry = Entry(answer.url, etag, modified, kind, now, fresh_until, len(body))
        if cache:
            if may_be_kept(headers):
                cache.write(key, entry, body)
            else:
                cache.forget(key)
        return _fetched(entry, body)


def _fetched(entry: Entry, body: bytes, *, stale: bool = False) -> Fetched:
    at = datetime.fromtimestamp(entry.validated, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    age = max(0, int(time.time() - entry.validated))
    return Fetched(body, entry.url, entry.etag, entry.last_modified, entry.content_type, at, age, stale)


def user_agent(version: str, contact: str | None = None) -> str:
    """How we introduce ourselves: product, version, and where a publisher finds the operator."""
    return f"Glossator/{version} (+{contact})" if contact else f"Glossator/{version}"
