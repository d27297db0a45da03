"""`glossator refresh`: ask a publisher again."""

from __future__ import annotations

import click

from iiif_store.fetch.pictures import Pictures
from iiif_store.source import source_id
from server.commands.progress import bar
from server.refresh import Refresher
from server.services import build
from server.settings import Settings


@click.command(name="refresh")
@click.argument("source", metavar="ID|URL")
def command(source: str) -> None:
    """Fetch the manifest again, and every picture that was read. Pages whose picture has changed at the publisher's are
    computed anew when they are next asked for; their earlier annotations still dereference."""
    built = build(Settings())
    pictures = Pictures(built.remote, local=built.local.path, max_bytes=built.settings.max_picture)
    row = built.sources.open(source_id(source) if ":" in source else source)
    with bar("pictures") as told:
        found = Refresher(built.store, built.sources, built.recipes, pictures).refresh(
            row, lambda done, total: told(done, total, "pictures")
        )
    click.echo(f"{found.source.label}: {found.checked} pictures compared, {found.changed} have changed.")
    for line in found.unreachable:
        click.echo(f"  not compared: {line}", err=True)
    raise SystemExit(1 if found.unreachable else 0)
