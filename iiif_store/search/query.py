"""What is asked for: the parameters of IIIF Content Search, for version 2 and 1 alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from iiif_store.errors import GlossatorError
from iiif_store.search.folding import fold
from iiif_store.vocabulary import motivation3

LONGEST = 1000
"""Characters of a question."""
MOST = 32
"""Words and phrases in it."""

_CLAUSE = re.compile(r'["“”„«»]([^"“”„«»]*)(?:["“”„«»]|$)|([^\s"“”„«»]+)')
_URI = re.compile(r"https?://\S+|urn:\S+")
_TEXT = ("painting", "supplementing")
"""Version 1 calls text that stands on the canvas painting, version 3 supplementing (specs 4.2)."""


class BadQuestion(GlossatorError, ValueError):
    """A parameter that cannot be understood; the text says which, and how it is written."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A word, or several in a row, or the URI of a thing that a body names."""

    words: tuple[str, ...]
    """Folded; empty for a URI, and for what has no letter and can therefore not be found."""
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Everything that an annotation must have to be found."""

    clauses: tuple[Clause, ...] = ()
    """All of them; none: whatever its text."""
    motivations: frozenset[str] | None = None
    """One of them."""
    without: frozenset[str] = frozenset()
    """None of these motivations."""
    dates: tuple[tuple[str, str], ...] | None = None
    """Created in one of these spans, both ends included; UTC, to the second, with Z."""
    users: frozenset[str] | None = None
    """Made by one of them: URIs, our own without the base."""

    @property
    def filters(self) -> bool:
        """Whether it asks for more than words."""
        return bool(self.motivations is not None or self.without or self.dates is not None or self.users is not None)


def parse(given: Mapping[str, str], base: str) -> Query:
    """The question of the parameters q, motivation, date and user; an empty one filters nothing. `base` is that of our
    own URLs. Raises BadQuestion."""
    motivations, without = _motivations(given.get("motivation", "").split())
    dates, users = given.get("date", "").split(), given.get("user", "").split()
    return Query(
        clauses=clauses(given.get("q", "")),
        motivations=motivations,
        without=without,
        dates=tuple(map(_span, dates)) if dates else None,
        users=frozenset(_portable(user, base) for user in users) if users else None,
    )


def clauses(q: str) -> tuple[Clause, ...]:
    """The words and phrases of a question, all of which must be found. Raises BadQuestion for one that is too long."""
    if len(q) > LONGEST:
        raise BadQuestion(f"q has {len(q)} characters; at most {LONGEST} can be asked for at once.")
    found = [_clause(match[1] if match[2] is None else match[2]) for match in _CLAUSE.finditer(q)]
    asked = tuple(dict.fromkeys(clause for clause in found if clause.words or clause.uri))
    if sum(max(1, len(clause.words)) for clause in asked) > MOST:
        raise BadQuestion(f"q has more than {MOST} words; ask for fewer.")
    return asked or (Clause(()),) * bool(q.strip())


def stamp(moment: str) -> str:
    """A time as it is compared: UTC, to the second; "" for what is none."""
    try:
        return _written(datetime.fromisoformat(moment))
    except (ValueError, OverflowError):
        return ""


def _clause(text: str) -> Clause:
    return Clause((), text) if _URI.fullmatch(text) else Clause(fold(text))


def _motivations(asked: list[str]) -> tuple[frozenset[str] | None, frozenset[str]]:
    names = {motivation3(name) for name in asked}
    if not names or {"painting", "non-painting"} <= names:
        return None, frozenset()
    if "non-painting" in names:
        return None, frozenset(_TEXT) - names
    return frozenset(names) | (frozenset(_TEXT) if "painting" in names else frozenset()), frozenset()


def _span(text: str) -> tuple[str, str]:
    """Raises BadQuestion."""
    start, slash, end = text.partition("/")
    try:
        begin, until = datetime.fromisoformat(start), datetime.fromisoformat(end)
        if slash and len(end) == len("2026-01-31"):
            until = until.replace(hour=23, minute=59, second=59)
        return _written(begin), _written(until)
    except (ValueError, OverflowError) as error:
        how = "YYYY-MM-DDThh:mm:ssZ/YYYY-MM-DDThh:mm:ssZ"
        raise BadQuestion(f"date: {text[:100]!r} is no range of times in UTC; write {how}.") from error


def _written(moment: datetime) -> str:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def _portable(uri: str, base: str) -> str:
    return uri.removeprefix(base) if uri.startswith(f"{base}/") else uri
