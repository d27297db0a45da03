"""`glossator delete`: take a source out, in the data directory of this machine."""

from __future__ import annotations

import click

from iiif_store.source import Source, source_id
from iiif_store.stores.base import Store
from server.scans.unused import unused_with
from server.services import build
from server.settings import Settings


@click.command(name="delete")
@click.argument("source", metavar="ID|URL")
@click.option("--yes", is_flag=True, help="do not ask")
def command(source: str, yes: bool) -> None:
    """Delete a source: its URLs answer "gone" from then on. What was computed stays, and is there again if it is added
    again. Of a folder of scans the pictures go from this disk that no other source shows."""
    built = build(Settings())
    row = built.sources.open(source_id(source) if ":" in source else source)
    if not yes:
        click.confirm(_question(row, built.store), abort=True)
    built.sources.delete(row)
    click.echo(f"{row.label or row.url} is deleted.")


def _question(row: Source, store: Store) -> str:
    lost = len(unused_with(store, row))
    scans = f" Its {lost} scans are deleted from this disk." if lost else ""
    return f"Delete {row.label or row.url} ({row.url})?{scans}"
