"""`glossator import`: annotations from files of other programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import requests

from iiif_store.imports import formats
from iiif_store.imports.sheets import File
from iiif_store.links import Links
from iiif_store.source import source_id
from server.commands.sending import reason
from server.placing import usable
from server.services import build
from server.settings import HERE, Settings

SHOWN = 20
READ = (".json", ".jsonld", ".jsonl", ".xml", ".html", ".htm", ".hocr", ".csv", ".txt", ".yaml", ".yml", ".zip")


def _usable(context: click.Context, option: click.Parameter, name: str) -> str:
    """Refuses a name of which nothing would be left, before anything is read."""
    if not usable(name):
        raise click.BadParameter(f"{name!r} names no layer. Letters a-z and A-Z, digits and _ count; use one or more.")
    return name


@click.command(name="import")
@click.argument("source", metavar="ID|URL")
@click.argument("paths", metavar="FILE|DIR...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--format", "kind", type=click.Choice(["auto", *formats.FORMATS]), default="auto", show_default=True)
@click.option("--as", "name", default="", callback=_usable, help="layer import-NAME; `curated`: annotations of people")
@click.option("--server", help="base URL of a running server; default: the data directory of this machine")
@click.option("--token", help="token for --server (GLOSSATOR_TOKEN)", envvar="GLOSSATOR_TOKEN")
def command(source: str, paths: tuple[Path, ...], kind: str, name: str, server: str | None, token: str | None) -> None:
    """Import annotations: Web Annotations, COCO, YOLO, PAGE XML, ALTO, hOCR, VIA CSV, also in a zip.

    Pages are found by canvas id, by the name of the image file, by label, or, where nothing is found and there are as
    many pages as canvases, in order. What models made goes into layers called import-NAME, what people wrote among the
    annotations of people. The same files again change nothing.

    Exit code 1: nothing could be done, or something could not be placed.
    """
    files = [File(title, path.read_bytes()) for title, path in _files(paths)]
    key = source_id(source) if ":" in source else source
    told = _there(key, files, kind, name, server, token) if server else _here(key, files, kind, name)
    for layer, number in told["layers"].items():
        click.echo(f"{number:>8}  {layer}")
    click.echo(f"{told['pages']} pages, {told['new']} new annotations of people.", err=True)
    if told.get("in_order"):
        click.echo("No file tells by a name which page it is about: they were taken in order.", err=True)
    problems = told["problems"]
    for line in problems[:SHOWN]:
        click.echo(f"  not imported: {line}", err=True)
    if len(problems) > SHOWN:
        click.echo(f"  and {len(problems) - SHOWN} more", err=True)
    raise SystemExit(1 if problems else 0)


def _files(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """Files by the names under which they are told; of a directory those that can be read, at any depth."""
    found: list[tuple[str, Path]] = []
    for path in paths:
        if path.is_dir():
            inner = sorted(one for one in path.rglob("*") if one.suffix.lower() in READ and one.is_file())
            found += [(str(one.relative_to(path)), one) for one in inner]
        else:
            found.append((path.name, path))
    return found


def _here(key: str, files: Sequence[File], kind: str, name: str) -> dict[str, Any]:
    built = build(Settings())
    links = Links(built.settings.base_url or HERE)
    source = built.sources.open(key)
    return asdict(built.imports.bring(source, files, kind=kind, name=name, writer="operator", links=links))


def _there(key: str, files: Sequence[File], kind: str, name: str, server: str, token: str | None) -> dict[str, Any]:
    url = f"{server.rstrip('/')}/api/sources/{key}/import"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    form = [("files", (file.name, file.body)) for file in files]
    try:
        answer = requests.post(url, params={"format": kind, "layer": name}, files=form, headers=headers, timeout=600)
    except requests.RequestException as error:
        raise click.ClickException(f"{server} does not answer: {error}") from error
    if answer.status_code != 200:
        raise click.ClickException(f"{server} refused: {reason(answer)}")
    return dict(answer.json())
