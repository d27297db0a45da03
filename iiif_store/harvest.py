"""Reading a publisher's change stream: the algorithm of IIIF Change Discovery 1.0, section 3.5, as a client runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from .errors import NotIIIF
from .shape import JSON, identifier, objects, string

MOST_PAGES = 100_000

_LIVE, _GONE = ("Create", "Update", "Add"), ("Delete", "Remove")


@dataclass(frozen=True, slots=True)
class Change:
    """What the stream says last of one resource."""

    state: Literal["live", "gone"]
    uri: str
    time: str | None
    """The endTime as written; None in a stream of level 0."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one activity says of one resource in one version."""

    change: Change
    key: str
    """The same for all versions."""
    is_3: bool


def changes(stream: str, since: str | None, get: Callable[[str], Any]) -> list[Change]:
    """What has changed since the activity that ended at `since` (None: everything), oldest first, each resource once.

    `get` fetches a URI as JSON. Resources that only differ in version count as one (4.3): that of Presentation 3 where
    there is one. Raises NotIIIF if `stream` is none, and what `get` raises.
    """
    found: dict[str, list[_Told]] = {}
    begun = _moment(since)
    deletions_only = False
    for activity in _newest_first(stream, get):
        ended = _moment(string(activity.get("endTime")))
        if begun and ended and ended < begun:
            break
        if activity.get("type") == "Refresh":
            if begun is None:
                break
            deletions_only = True
            continue
        for told in _told(activity):
            if deletions_only and told.change.state == "live":
                continue
            known = found.setdefault(told.key, [])
            if not known or known[0].change.state == told.change.state:
                known.append(told)
    return [change for versions in reversed(found.values()) for change in _outcome(versions)]


def _outcome(versions: list[_Told]) -> list[Change]:
    """What is gone is gone in every version; of what lives one is enough."""
    if versions[0].change.state == "gone":
        return list({told.change.uri: told.change for told in reversed(versions)}.values())
    return [next((told for told in versions if told.is_3), versions[0]).change]


def _newest_first(stream: str, get: Callable[[str], Any]) -> Iterator[JSON]:
    """Every activity, from the last page backwards; a page that was seen, or is none, is the end."""
    top = get(stream)
    last = identifier(top.get("last")) if isinstance(top, dict) else None
    if not isinstance(top, dict) or top.get("type") != "OrderedCollection" or not last:
        raise NotIIIF("no change stream: an OrderedCollection with 'last' is wanted", path="$.last", url=stream)
    seen: set[str] = set()
    while last and last not in seen and len(seen) < MOST_PAGES:
        seen.add(last)
        page = get(last)
        if not isinstance(page, dict):
            return
        yield from reversed(objects(page.get("orderedItems")))
        last = identifier(page.get("prev"))


def _told(activity: JSON) -> Iterator[_Told]:
    """What an activity says of which resources: of Manifests and Collections only, unknown kinds are skipped."""
    kind, ended = activity.get("type"), string(activity.get("endTime"))
    if kind in _LIVE:
        yield from _resource("live", activity.get("object"), ended)
    elif kind in _GONE:
        yield from _resource("gone", activity.get("object"), ended)
    elif kind == "Move":
        yield from _resource("live", activity.get("target"), ended)
        yield from _resource("gone", activity.get("object"), ended)


def _resource(state: Literal["live", "gone"], value: Any, ended: str | None) -> Iterator[_Told]:
    uri = string(identifier(value))
    if not isinstance(value, dict) or value.get("type") not in ("Manifest", "Collection") or not uri:
        return
    if uri.startswith(("http://", "https://")):
        key = string(value.get("canonical")) or uri
        yield _Told(Change(state, uri, ended), key, "presentation/3" in (string(value.get("format")) or ""))


def _moment(stamp: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(stamp) if stamp else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
