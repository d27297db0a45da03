"""The search index of the embedded store: SQLite's FTS5, one row for each annotation.

The id of a row says where it belongs: 20 bits for the source, 19 for the place of the canvas, 7 for the layer and 17
for the annotation. So the order of ids is that of reading, a source is a range of them, and the next line is the next.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

import orjson

from iiif_store.search.entries import Entry, Frame, Unit
from iiif_store.search.flow import Readable, rows
from iiif_store.search.found import Found, Match, Term
from iiif_store.search.highlight import form
from iiif_store.search.query import Query
from iiif_store.shape import JSON
from iiif_store.stores.connections import Connections
from iiif_store.stores.search import Scope
from iiif_store.stores.search_sql import Sql, filtered, matching, one_word

VERSION = 1
"""Part of the file's name: raised when the tables or the folding of words change, which makes the old one worthless."""

_POSITION, _SLOT, _ENTRY = 19, 7, 17
"""Bits; those before are the source's."""
_SOURCE = _POSITION + _SLOT + _ENTRY
_SLOTS, _MOST = 1 << _SLOT, 1 << _ENTRY
"""Layers of a source, and annotations of a unit; what is beyond is not found."""
_LAST = "\U0010ffff"

_TABLES = """
CREATE TABLE IF NOT EXISTS sources (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS units (
    id INTEGER PRIMARY KEY, source INTEGER NOT NULL, canvas TEXT NOT NULL, layer TEXT NOT NULL, state TEXT NOT NULL,
    frame TEXT NOT NULL, common TEXT NOT NULL, indexed BLOB NOT NULL, UNIQUE (source, canvas, layer)
);
CREATE TABLE IF NOT EXISTS facets (
    id INTEGER PRIMARY KEY, motivations TEXT NOT NULL, created TEXT NOT NULL, maker TEXT NOT NULL,
    UNIQUE (motivations, created, maker)
);
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, facet INTEGER NOT NULL, readable TEXT NOT NULL, own TEXT NOT NULL
);
CREATE VIRTUAL TABLE IF NOT EXISTS lines USING fts5 (words, parts, content='', tokenize="ascii tokenchars '_'");
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab (lines, 'row');
CREATE VIRTUAL TABLE IF NOT EXISTS occurrences USING fts5vocab (lines, 'instance');
"""


class SqliteSearch:
    """A `SearchIndex` in one file of its own directory, which may be deleted at any time."""

    def __init__(self, root: Path) -> None:
        self._file = root / f"lines-{VERSION}.sqlite3"
        self._connections = Connections(self._file, _prepare)

    def put(self, units: Iterable[Unit]) -> None:
        prepared = [(unit, rows([entry.readable for entry in unit.entries[:_MOST]])) for unit in units]
        with self._connections.writing() as connection:
            for unit, lines in prepared:
                _put(connection, unit, [(line.words, line.parts) for line in lines])

    def remove(self, source: str, canvas: str | None = None, layer: str | None = None) -> None:
        with self._connections.writing() as connection:
            wanted = "source = (SELECT number FROM sources WHERE id = ?) AND canvas = ifnull(?, canvas)"
            sql = f"SELECT id FROM units WHERE {wanted} AND layer = ifnull(?, layer)"
            for (unit,) in connection.execute(sql, (source, canvas, layer)).fetchall():
                _drop(connection, unit)

    def state(self, source: str, canvas: str, layer: str) -> str | None:
        sql = (
            "SELECT state FROM units JOIN sources ON number = source WHERE sources.id = ? AND canvas = ? AND layer = ?"
        )
        with self._connections.reading() as connection:
            found = connection.execute(sql, (source, canvas, layer)).fetchone()
        return str(found[0]) if found else None

    def states(self, source: str) -> dict[tuple[str, str], str]:
        sql = "SELECT canvas, layer, state FROM units WHERE source = (SELECT number FROM sources WHERE id = ?)"
        with self._connections.reading() as connection:
            return {(canvas, layer): state for canvas, layer, state in connection.execute(sql, (source,))}

    def sources(self) -> list[str]:
        sql = "SELECT id FROM sources WHERE EXISTS (SELECT 1 FROM units WHERE source = number) ORDER BY id"
        with self._connections.reading() as connection:
            return [source for (source,) in connection.execute(sql)]

    def find(self, query: Query, scope: Scope, start: int, limit: int) -> Found:
        with self._connections.reading() as connection:
            sql, given = filtered(query, matching(query, _within(connection, scope)))
            total, ids = _counted_rows(connection, sql, given, start, limit, several="INTERSECT" in sql)
            behind = 1 + max((len(clause.words) for clause in query.clauses), default=0)
            return Found(total, tuple(_matches(connection, ids, behind)))

    def terms(self, prefix: str, scope: Scope, *, minimum: int = 1, limit: int = 20) -> list[Term]:
        if not prefix:
            return []
        with self._connections.reading() as connection:
            within = _within(connection, scope)
            counted = _counted(connection, (prefix, prefix + _LAST), None if scope is None else within, minimum, limit)
            found = [Term(_form(connection, word, within), total) for word, total in counted]
        return sorted(found, key=lambda term: (term.value.casefold(), term.value))

    def clear(self) -> None:
        for file in self._file.parent.glob("lines-*"):
            file.unlink(missing_ok=True)


def _prepare(connection: sqlite3.Connection) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'occurrences'").fetchone():
        connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")


def _put(connection: sqlite3.Connection, unit: Unit, lines: list[tuple[str, str]]) -> None:
    connection.execute("INSERT INTO sources (id) VALUES (?) ON CONFLICT DO NOTHING", (unit.source,))
    [source] = connection.execute("SELECT number FROM sources WHERE id = ?", (unit.source,)).fetchone()
    row = (source << _POSITION | unit.position) << _SLOT | _slot(connection, source, unit.layer)
    old = "SELECT id FROM units WHERE source = ? AND canvas = ? AND layer = ? UNION SELECT id FROM units WHERE id = ?"
    for (former,) in connection.execute(old, (source, unit.canvas, unit.layer, row)).fetchall():
        _drop(connection, former)
    indexed = zlib.compress(orjson.dumps(lines), 1)
    entries = unit.entries[: len(lines)]
    common = _common([entry.annotation for entry in entries])
    values = (row, source, unit.canvas, unit.layer, unit.state, _json(astuple(unit.frame)), _json(common), indexed)
    connection.execute("INSERT INTO units VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    ids = range(row << _ENTRY, (row << _ENTRY) + len(lines))
    found = [(line, *texts) for line, texts in zip(ids, lines, strict=True)]
    connection.executemany("INSERT INTO lines (rowid, words, parts) VALUES (?, ?, ?)", found)
    kept = [(line, _facet(connection, entry), *_kept(entry, common)) for line, entry in zip(ids, entries, strict=True)]
    connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", kept)


def _drop(connection: sqlite3.Connection, unit: int) -> None:
    """FTS5 keeps no texts here, so that it must be told what it forgets."""
    [packed] = connection.execute("SELECT indexed FROM units WHERE id = ?", (unit,)).fetchone()
    first = unit << _ENTRY
    lines = [(first + n, *texts) for n, texts in enumerate(orjson.loads(zlib.decompress(packed)))]
    connection.executemany("INSERT INTO lines (lines, rowid, words, parts) VALUES ('delete', ?, ?, ?)", lines)
    connection.execute("DELETE FROM entries WHERE id BETWEEN ? AND ?", (first, first + _MOST - 1))
    connection.execute("DELETE FROM units WHERE id = ?", (unit,))


def _slot(connection: sqlite3.Connection, source: int, layer: str) -> int:
    """The number of a layer within its source, from its units."""
    known = connection.execute(
        "SELECT id FROM units WHERE source = ? AND layer = ? LIMIT 1", (source, layer)
    ).fetchone()
    if known:
        return int(known[0]) % _SLOTS
    sql = "SELECT ifnull(max(id % ?), -1) FROM units WHERE source = ?"
    [last] = connection.execute(sql, (_SLOTS, source)).fetchone()
    return min(int(last) + 1, _SLOTS - 1)


def _facet(connection: sqlite3.Connection, entry: Entry) -> int:
    connection.execute(
        "INSERT INTO facets (motivations, created, maker) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", entry.facets
    )
    sql = "SELECT id FROM facets WHERE motivations = ? AND created = ? AND maker = ?"
    return int(connection.execute(sql, entry.facets).fetchone()[0])


def _within(connection: sqlite3.Connection, scope: Scope) -> Sql:
    """A condition on the ids of rows."""
    if scope is None:
        return "1", []
    sql = "SELECT number FROM sources WHERE id IN (SELECT value FROM json_each(?))"
    numbers = [number for (number,) in connection.execute(sql, (orjson.dumps(list(scope)).decode(),))]
    if len(numbers) == 1:
        return "{id} BETWEEN ? AND ?", [numbers[0] << _SOURCE, (numbers[0] + 1 << _SOURCE) - 1]
    return f"({{id}} >> {_SOURCE}) IN (SELECT value FROM json_each(?))", [orjson.dumps(numbers).decode()]


def _counted_rows(
    connection: sqlite3.Connection, sql: str, given: list[object], start: int, limit: int, *, several: bool
) -> tuple[int, list[int]]:
    """The number of rows, and the ids of some. What is put together of several questions is asked for only once; FTS5
    alone is quicker to count and then to give the first than to have all written down."""
    if several:
        once = f"{sql} ORDER BY id"
        found = [row for (row,) in connection.execute(once, given)]
        return len(found), found[start : start + limit]
    [total] = connection.execute(f"SELECT count(*) FROM ({sql})", given).fetchone()
    page = f"SELECT id FROM ({sql}) ORDER BY id LIMIT ? OFFSET ?"
    return total, [row for (row,) in connection.execute(page, [*given, limit, start])] if start < total else []


def _matches(connection: sqlite3.Connection, ids: Sequence[int], behind: int) -> Iterator[Match]:
    """Each with the annotation before, in which its first word may have begun, and some behind, of its unit."""
    windows = [range(max(row - 1, row >> _ENTRY << _ENTRY), row + behind + 1) for row in ids]
    entries, units = _entries(connection, windows), _units(connection, ids)
    for row, window in zip(ids, windows, strict=True):
        source, canvas, layer, frame, common = units[row >> _ENTRY]
        found = tuple(_entry(*entries[each], common) for each in window if each in entries)
        yield Match(source, canvas, layer, frame, found, row - window.start)


def _entries(connection: sqlite3.Connection, windows: Iterable[range]) -> dict[int, tuple[str, str]]:
    wanted = orjson.dumps(sorted({row for window in windows for row in window})).decode()
    sql = "SELECT id, readable, own FROM entries WHERE id IN (SELECT value FROM json_each(?))"
    return {row: (readable, own) for row, readable, own in connection.execute(sql, (wanted,))}


def _units(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, tuple[str, str, str, Frame, JSON]]:
    sql = (
        "SELECT units.id, sources.id, canvas, layer, frame, common FROM units JOIN sources ON number = source "
        "WHERE units.id IN (SELECT value FROM json_each(?))"
    )
    wanted = orjson.dumps(sorted({row >> _ENTRY for row in ids})).decode()
    return {
        unit: (source, canvas, layer, Frame(*orjson.loads(frame)), orjson.loads(common))
        for unit, source, canvas, layer, frame, common in connection.execute(sql, (wanted,))
    }


def _common(annotations: Sequence[JSON]) -> JSON:
    """What all annotations of a unit tell alike, which is most of it, and is kept once."""
    first = annotations[0] if annotations else {}
    return {key: value for key, value in first.items() if all(other.get(key) == value for other in annotations)}


def _kept(entry: Entry, common: JSON) -> tuple[str, str]:
    own = {key: value for key, value in entry.annotation.items() if key not in common}
    readable = entry.readable
    beside = [[astuple(frame) for frame in entry.beside]] if entry.beside else []
    return _json([readable.texts, readable.flows, readable.uris, *beside]), _json(own)


def _entry(readable: str, own: str, common: JSON) -> Entry:
    texts, flows, uris, *beside = orjson.loads(readable)
    frames = tuple(Frame(*frame) for frame in (beside[0] if beside else ()))
    return Entry(common | orjson.loads(own), Readable(tuple(texts), flows, tuple(uris)), frames)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _counted(
    connection: sqlite3.Connection, span: tuple[str, str], within: Sql | None, minimum: int, limit: int
) -> list[tuple[str, int]]:
    if within is None:
        sql = "SELECT term, doc FROM vocabulary WHERE term >= ? AND term < ? AND doc >= ? ORDER BY doc DESC LIMIT ?"
        return connection.execute(sql, (*span, minimum, limit)).fetchall()
    condition, given = within
    sql = (
        f"SELECT term, count(DISTINCT doc) AS total FROM occurrences WHERE term >= ? AND term < ? "
        f"AND {condition.format(id='doc')} GROUP BY term HAVING total >= ? ORDER BY total DESC LIMIT ?"
    )
    return connection.execute(sql, (*span, *given, minimum, limit)).fetchall()


def _form(connection: sqlite3.Connection, word: str, within: Sql) -> str:
    """As the first text that has the word writes it."""
    condition, given = within
    sql = f"SELECT rowid FROM lines WHERE lines MATCH ? AND {condition.format(id='rowid')} ORDER BY rowid LIMIT 1"
    [row] = connection.execute(sql, (one_word(word), *given)).fetchone()
    [match] = _matches(connection, [row], 1)
    return form(word, [entry.readable for entry in match.entries], match.n) or word
