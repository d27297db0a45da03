"""Questions as SQL over FTS5: which rows have everything that is asked for.

A phrase may begin in one row and end in another, where a text goes on over line ends. The rows in which it begins are
those with its first words behind their last one (`flow.ending`), whose next row begins with the rest; or, where
annotations are single words or short lines, whose next rows are the middle of it and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from iiif_store.search.flow import ending, uri_word
from iiif_store.search.folding import spellings
from iiif_store.search.query import Clause, Query

Sql = tuple[str, list[object]]
"""A SELECT of ids, and its parameters."""

_LONGEST_OVER_THREE = 10
"""Words of a phrase that is looked for in three rows; a longer one is in two at most."""


def matching(query: Query, within: Sql) -> Sql:
    """The ids of rows that have all of it. `within` is a condition on {id}, which it uses once."""
    if any(not clause.words and not clause.uri for clause in query.clauses):
        return "SELECT 0 AS id WHERE 0", []
    parts = [_phrase(clause.words, within) for clause in query.clauses if len(clause.words) > 1]
    alone = [_anywhere(clause) for clause in query.clauses if len(clause.words) < 2]
    if alone:
        parts.append(_rows(" AND ".join(alone), within))
    if not parts:
        condition, given = within
        return f"SELECT id FROM entries WHERE {condition.format(id='id')}", [*given]
    return _combined("INTERSECT", parts)


def filtered(query: Query, rows: Sql) -> Sql:
    """Those of the rows that pass the other filters as well."""
    conditions, given = [], list[object]()
    if query.motivations is not None:
        conditions.append(_any("instr(motivations, ?)", len(query.motivations)))
        given += [f" {name} " for name in sorted(query.motivations)]
    for name in sorted(query.without):
        conditions.append("NOT instr(motivations, ?)")
        given.append(f" {name} ")
    if query.dates is not None:
        conditions.append(_any("created BETWEEN ? AND ?", len(query.dates)))
        given += [moment for span in query.dates for moment in span]
    if query.users is not None:
        conditions.append(_any("maker = ?", len(query.users)))
        given += sorted(query.users)
    if not conditions:
        return rows
    joined = f"SELECT found.id AS id FROM ({rows[0]}) AS found JOIN entries ON entries.id = found.id"
    return f"{joined} JOIN facets ON facets.id = entries.facet WHERE {' AND '.join(conditions)}", [*rows[1], *given]


def one_word(word: str) -> str:
    """The MATCH of one folded word."""
    return f'"{word}"'


def _anywhere(clause: Clause) -> str:
    if clause.uri:
        return one_word(uri_word(clause.uri))
    return f"({' OR '.join(one_word(word) for (word,) in spellings(clause.words))})"


def _phrase(words: tuple[str, ...], within: Sql) -> Sql:
    """In one row, or over the ends of rows."""
    found = [_rows(_row_of(words, True, True), within)]
    for cuts in _cuts(len(words)):
        pieces = [words[a:b] for a, b in zip((0, *cuts), (*cuts, len(words)), strict=True)]
        found.append(_chain(pieces, within))
    return _combined("UNION", found)


def _cuts(count: int) -> Iterator[tuple[int, ...]]:
    """Where a phrase of so many words may be cut by line ends: once or twice; or everywhere, if each word is a row."""
    for number in (1, 2) if count <= _LONGEST_OVER_THREE else (1,):
        yield from combinations(range(1, count), number)
    if count > 3:
        yield tuple(range(1, count))


def _chain(pieces: list[tuple[str, ...]], within: Sql) -> Sql:
    """Rows with the first piece at their end, followed by rows that are the others."""
    last = len(pieces) - 1
    links = [_rows(_row_of(piece, n == 0, n == last), within, back=n) for n, piece in enumerate(pieces)]
    return _combined("INTERSECT", links)


def _row_of(piece: tuple[str, ...], free_before: bool, free_after: bool) -> str:
    """The MATCH of a piece of a phrase: anywhere, or at the beginning, at the end, or both."""
    tails = [spelling if free_after else (*spelling, ending(spelling[-1])) for spelling in spellings(piece)]
    start = "" if free_before else "^"
    return f"words : ({' OR '.join(start + one_word(' '.join(tail)) for tail in tails)})"


def _rows(match: str, within: Sql, back: int = 0) -> Sql:
    condition, given = within
    return f"SELECT rowid - {back} AS id FROM lines WHERE lines MATCH ? AND {condition.format(id='rowid')}", [
        match,
        *given,
    ]


def _combined(operator: str, parts: list[Sql]) -> Sql:
    if len(parts) == 1:
        return parts[0]
    return f" {operator} ".join(f"SELECT id FROM ({sql})" for sql, _ in parts), [
        each for _, given in parts for each in given
    ]


def _any(condition: str, count: int) -> str:
    return f"({' OR '.join([condition] * count)})"
