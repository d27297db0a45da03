"""`glossator reindex`: the search index, made again from what is stored."""

from __future__ import annotations

from collections.abc import Iterator

import click

from iiif_store.source import Source, source_id
from server.commands.progress import Told, bar
from server.services import Services, build
from server.settings import Settings


@click.command(name="reindex")
@click.argument("source", metavar="[ID|URL]", required=False)
@click.option("--fresh", is_flag=True, help="Forget the index first: all of it, or what it has of SOURCE.")
def command(source: str | None, fresh: bool) -> None:
    """Bring the search index in step with what is stored, of one source or of all. What is in step already is left as
    it is, so that a run that was broken off goes on where it was. A server may run meanwhile."""
    built = build(Settings())
    rows = list(_all(built)) if source is None else [built.sources.open(source_id(source) if ":" in source else source)]
    if fresh:
        _forget(built, None if source is None else rows[0].id)
    with bar("pages") as told:
        written = sum(_update(built, row, told) for row in rows)
    removed = built.search.forget() if source is None else 0
    click.echo(f"{len(rows)} sources: {written} pages written, {removed} sources removed that are no more.")


def _forget(built: Services, source: str | None) -> None:
    if source is None:
        built.store.search.clear()
    else:
        built.store.search.remove(source)


def _update(built: Services, row: Source, told: Told) -> int:
    label = (row.label or row.url)[:40]
    return built.search.update(row, lambda done, total: told(done, total, label))


def _all(built: Services) -> Iterator[Source]:
    after = ""
    while rows := built.store.sources(after, 1000):
        yield from rows
        after = rows[-1].id
