"""Keeping our sources in step with publishers' change streams (IIIF Change Discovery 1.0)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, Timeout

from iiif_store.errors import FetchFailed, GlossatorError, Gone, NotIIIF
from iiif_store.fetch.remote import Remote
from iiif_store.harvest import Change, changes
from iiif_store.source import Policy, source_id
from iiif_store.stores.base import Store
from iiif_store.stream import Stream
from server.sources import Sources, age_of, now

log = logging.getLogger(__name__)

ACCEPT = "application/ld+json, application/json;q=0.9"

EVERY = 50
"""Changes after which the row says how far we are, so that an interrupted crawl goes on from there."""

MOST_FAILED = 1000
"""URLs remembered to be tried again."""

NOT_ITS_OWN = "is gone, says the stream, but it did not bring it; the source stays"

LOOK = 30.0
"""Seconds between two looks at which streams are due."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What one crawl came to."""

    added: int = 0
    asked_again: int = 0
    deleted: int = 0
    failed: tuple[str, ...] = ()
    """One line each: the URL and what was wrong."""


class Follower:
    """Reads streams and does to our sources what they say. One that cannot be reached is never taken for deleted, and
    only those that a stream brought are deleted by it: it may name any URL."""

    def __init__(self, store: Store, sources: Sources, remote: Remote) -> None:
        self._store, self._sources, self._remote = store, sources, remote

    def register(self, url: str, *, backends: tuple[str, ...] = (), policy: Policy = "open") -> Stream:
        """Remember a stream; registering again changes what its new sources get. Raises NotIIIF, and what fetching
        raises, if there is none at `url`."""
        top = self._get(url)
        if not isinstance(top, dict) or top.get("type") != "OrderedCollection":
            raise NotIIIF("no change stream: an OrderedCollection is wanted", path="$.type", url=url)
        new = Stream(source_id(url), url)
        wanted = self._store.update_stream(new.id, lambda row: replace(row or new, backends=backends, policy=policy))
        assert wanted
        return wanted

    def follow(self, stream: Stream, progress: Callable[[int, int], None] = lambda done, total: None) -> Followed:
        """Crawl what is new and do it, oldest first; `progress` is told (done, in all). Raises what fetching the stream
        itself raises; a resource that cannot be fetched is noted, and tried again the next time. Ends when somebody has
        the stream followed no longer."""
        news = changes(stream.url, stream.since, self._get)
        again = [Change("live", uri, None) for uri in stream.failed if uri not in {change.uri for change in news}]
        result, since, unfetched = Followed(), stream.since, []
        for done, change in enumerate([*again, *news], 1):
            row = self._store.get_stream(stream.id)
            if row is None:
                break
            try:
                result = self._do(row, change, result)
            except Gone:  # deleted here while the publisher was asked
                pass
            except Exception as error:  # noqa: BLE001  whatever is wrong with one, the others are followed
                unfetched.append(change.uri)
                result = replace(result, failed=(*result.failed, f"{change.uri}: {_told(error, change.uri)}"))
            since = change.time or since
            progress(done, len(again) + len(news))
            if done % EVERY == 0 and done > len(again):
                self._note(stream, since=since, failed=tuple(unfetched[:MOST_FAILED]))
        self._note(stream, since=since, failed=tuple(unfetched[:MOST_FAILED]), asked=now(), message=None)
        return result

    def try_to_follow(self, stream: Stream) -> None:
        """As `follow`, where nobody waits: a stream that cannot be read is left alone until it is due again."""
        try:
            found = self.follow(stream)
        except Exception as error:  # noqa: BLE001  whatever is wrong with one, the others are followed
            told = _told(error, stream.url)
            log.warning("stream not read", extra={"stream": stream.url, "error": told})
            self._note(stream, asked=now(), message=told)
            return
        counts = {"added": found.added, "asked_again": found.asked_again, "deleted": found.deleted}
        log.info("stream followed", extra={"stream": stream.url, **counts, "failed": len(found.failed)})

    def due(self, refresh_after: float) -> list[Stream]:
        """Those not read for that many seconds."""
        return [row for row in self._store.streams() if row.asked is None or age_of(row.asked) >= refresh_after]

    def _do(self, stream: Stream, change: Change, so_far: Followed) -> Followed:
        known = self._store.get_source(source_id(change.uri))
        live = known if known and not known.deleted else None
        if change.state == "gone":
            if live is None:
                return so_far
            if not self._sources.delete(live, via=stream.id):
                log.warning("stream may not delete", extra={"stream": stream.url, "source": live.id})
                return replace(so_far, failed=(*so_far.failed, f"{change.uri}: {NOT_ITS_OWN}"))
            return replace(so_far, deleted=so_far.deleted + 1)
        if live:
            if self._sources.refresh(live) is live:
                raise FetchFailed("the publisher does not answer; the copy that we have stays", url=change.uri)
            return replace(so_far, asked_again=so_far.asked_again + 1)
        self._sources.register(change.uri, backends=stream.backends or None, policy=stream.policy, via=stream.id)
        return replace(so_far, added=so_far.added + 1)

    def _note(self, stream: Stream, **told: Any) -> None:
        """Write how far we are; what people decided meanwhile, also that it is forgotten, stays."""
        self._store.update_stream(stream.id, lambda row: row and replace(row, **told))

    def _get(self, url: str) -> Any:
        fetched = self._remote.get(url, accept=ACCEPT, fresh=True, keep=False)
        try:
            return orjson.loads(fetched.body)
        except orjson.JSONDecodeError as error:
            raise NotIIIF(f"not JSON: {error}", url=url) from error


def _told(error: Exception, url: str) -> str:
    """What is told of a failure; of one that nobody has foreseen, that, and the rest to the log."""
    if isinstance(error, GlossatorError):
        return str(error)
    log.error("not followed", extra={"url": url}, exc_info=error)
    return f"{type(error).__name__}, which is a fault of this software; its log says more. It is tried again."


def keep_following(follower: Follower, lock: Path, refresh_after: float, stop: threading.Event) -> threading.Thread:
    """Follow in the background what is due, in whichever process of this machine holds `lock`, until `stop` is set."""
    target = partial(_keep_following, follower, FileLock(lock, timeout=0), refresh_after, stop)
    thread = threading.Thread(target=target, name="following", daemon=True)
    thread.start()
    return thread


def _keep_following(follower: Follower, lock: FileLock, refresh_after: float, stop: threading.Event) -> None:
    while not stop.wait(LOOK):
        try:
            with lock:
                for stream in follower.due(refresh_after):
                    follower.try_to_follow(stream)
        except Timeout:
            continue
        except Exception:  # a thread that dies would end the following for good
            log.exception("streams not followed")
