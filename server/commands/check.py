"""`glossator check`: what is wrong with this installation."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

import click

from iiif_store.errors import GlossatorError
from iiif_store.stores import open_store
from server.cli import COMMANDS
from server.settings import Settings
from server.wiring import registry_of

MIRADOR = Path("vendor") / "mirador" / "mirador.min.js"
ROOM = 2**30
"""Bytes that should be free on the disk of the data directory."""


@click.command(name="check")
def command() -> None:
    """Look at settings, data directory, backends and the viewers' files; exit code 1 if something is wrong."""
    settings = Settings()
    problems = [*_environment(os.environ), *_store(settings), *_backends(settings), *_viewers()]
    for line in problems:
        click.echo(line)
    click.echo(f"{len(problems)} problems." if problems else "All is well.", err=True)
    raise SystemExit(1 if problems else 0)


def _environment(names: Iterable[str]) -> Iterator[str]:
    known = [f"GLOSSATOR_{name.upper()}" for name in Settings.model_fields]
    for name in sorted(names):
        of_command = any(name.startswith(f"GLOSSATOR_{command.upper()}_") for command in COMMANDS)
        if name.startswith("GLOSSATOR_") and name not in (*known, "GLOSSATOR_TOKEN") and not of_command:
            near = get_close_matches(name, known, 1)
            yield f"{name} is set, and there is no such setting{f'; {near[0]} is one' if near else ''}."


def _store(settings: Settings) -> Iterator[str]:
    try:
        yield from open_store(settings.store_url).check()
    except GlossatorError as error:
        yield str(error)
        return
    if settings.data.exists() and (free := shutil.disk_usage(settings.data).free) < ROOM:
        yield f"Only {free:,} bytes are free on the disk of {settings.data}. Make room, or 'glossator store trim'."


def _backends(settings: Settings) -> Iterator[str]:
    registry = registry_of(settings)
    for name in registry.names():
        if problem := registry.problem(name):
            yield problem
    for name in settings.backends:
        if name.partition("@")[0] not in registry.names():
            yield f"GLOSSATOR_BACKENDS names {name!r}, which is not installed; 'glossator backends' lists what is."


def _viewers() -> Iterator[str]:
    spec = find_spec("static")
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not any((Path(place) / MIRADOR).exists() for place in places):
        yield "The viewers' files are missing: run 'make' in the checkout, or install the wheel again."
