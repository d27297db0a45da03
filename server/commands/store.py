"""`glossator store`: look after the data directory."""

from __future__ import annotations

import click

from iiif_store.stores import open_store
from iiif_store.stores.data_directory import DataDirectory
from server.settings import Settings


@click.group(name="store")
def command() -> None:
    """Look after the data directory."""


@command.command()
def check() -> None:
    """Read everything that is stored and say what is damaged; exit code 1 if something is."""
    faults = list(open_store(Settings().store_url).check())
    for line in faults:
        click.echo(line)
    click.echo(f"{len(faults)} faults." if faults else "All is well.", err=True)
    raise SystemExit(1 if faults else 0)


@command.command()
def size() -> None:
    """Say how much there is of what, in bytes."""
    for part, size in sorted(open_store(Settings().store_url).size().items()):
        click.echo(f"{size:>16,}  {part}")


@command.command()
@click.option("--limit", type=click.IntRange(0), help="bytes to keep [default: GLOSSATOR_CACHE_SIZE]")
def trim(limit: int | None) -> None:
    """Delete what was used longest ago from the cache. Readings and sources are never deleted."""
    settings = Settings()
    freed = DataDirectory.open(settings.data).trim_cache(settings.cache_size if limit is None else limit)
    click.echo(f"{freed:,} bytes freed.")
