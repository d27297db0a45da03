"""`glossator add`: register a source, in the data directory of this machine or on a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import requests

from iiif_store.links import Links
from iiif_store.source import plain_url
from server.commands.following import follow_here, follow_there
from server.commands.progress import bar
from server.commands.sending import reason, send
from server.layers import check_layers
from server.scans.scanner import Scanned, Wishes, finish, interruptible, name_of
from server.services import Services, build
from server.settings import HERE, Settings
from server.sources import now

SHOWN = 20
"""Files left out that are listed; the count is always complete."""


@click.command(name="add")
@click.argument("url", metavar="URL|DIR|FILE.zip")
@click.option("--backend", "backends", multiple=True, help="layer to publish; may be repeated")
@click.option("--label", help="title of a folder of scans [default: the name of the folder]")
@click.option("--rights", metavar="URI", help="rights of the scans: Creative Commons or RightsStatements.org")
@click.option("--attribution", metavar="TEXT", help="whom to name wherever the scans are shown")
@click.option("--recursive", is_flag=True, help="take in the folders inside the folder, each as a chapter")
@click.option("--follow", is_flag=True, help="URL is a change stream: add what it lists, and keep in step with it")
@click.option("--server", help="base URL of a running server; default: the data directory of this machine")
@click.option("--token", help="token for --server (GLOSSATOR_TOKEN)", envvar="GLOSSATOR_TOKEN")
def command(
    url: str,
    backends: tuple[str, ...],
    label: str | None,
    rights: str | None,
    attribution: str | None,
    recursive: bool,
    follow: bool,
    server: str | None,
    token: str | None,
) -> None:
    """Register the manifest or collection at URL, or make a manifest of the scans in a folder or zip, with a service of
    the Image API for each picture.

    A folder or zip that is added again is brought up to date: what is missing is made, pages that are gone leave the
    book, and what was computed for the others stays. A zip is taken whole, a folder with those inside it only with
    --recursive.

    Exit code 1: nothing could be done, or a picture was left out.
    """
    url = plain_url(url) if "://" in url else url
    if follow:
        raise SystemExit(0 if _follow(url, backends, server, token) else 1)
    path, wishes = Path(url), Wishes(label, rights, attribution)
    if "://" in url or not path.exists():
        if label or rights or attribution or recursive:
            raise click.UsageError(f"{url} is no folder or zip on this machine; only of those can this be said.")
        if ":" not in url:
            raise click.ClickException(f"There is no file or folder {url} on this machine, and a URL it is not.")
        _show(_remote(url, backends, server, token) if server else _here(url, backends))
        return
    if server:
        row = send(path, recursive, wishes, backends, server, token)
    else:
        row = _scan(path, recursive, wishes, backends)
    _show(row)
    raise SystemExit(1 if _told(row["scans"]) else 0)


def _follow(url: str, backends: tuple[str, ...], server: str | None, token: str | None) -> bool:
    if server:
        follow_there(url, backends, server, token)
        return True
    return follow_here(url, backends)


def _show(row: dict[str, Any]) -> None:
    click.echo(f"{row['id']}  {row['kind']}  {row['label']}")
    here = Links(Settings().base_url or HERE)
    document = here.manifest if row["kind"] == "manifest" else here.collection
    click.echo(f"  enriched  {row.get('manifest') or document(row['id'])}")
    click.echo(f"  to see it {row.get('view') or here.view(row['id'])}")
    for repair in row.get("repairs", ()):
        click.echo(f"  repaired: {repair}")


def _remote(url: str, backends: tuple[str, ...], server: str, token: str | None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body: dict[str, Any] = {"url": url} | ({"backends": list(backends)} if backends else {})
    try:
        answer = requests.post(f"{server.rstrip('/')}/api/sources", json=body, headers=headers, timeout=120)
    except requests.RequestException as error:
        raise click.ClickException(f"{server} does not answer: {error}") from error
    if answer.status_code not in (200, 201):
        raise click.ClickException(f"{server} refused: {reason(answer)}")
    return dict(answer.json())


def _here(url: str, backends: tuple[str, ...]) -> dict[str, Any]:
    built = build(Settings())
    check_layers(backends, built.registry)
    source, _new = built.sources.register(url, backends=backends or None)
    return {"id": source.id, "kind": source.kind, "label": source.label, "repairs": source.repairs}


def _scan(path: Path, recursive: bool, wishes: Wishes, backends: tuple[str, ...]) -> dict[str, Any]:
    built = build(Settings())
    check_layers(backends, built.registry)
    found = scan(built, path, wishes, recursive=recursive)
    source, _new = built.sources.settle(found.url, found.document, backends=backends or None)
    return {"id": source.id, "kind": source.kind, "label": source.label, "scans": found.told()}


def scan(built: Services, path: Path, wishes: Wishes, *, recursive: bool) -> Scanned:
    """Make the pictures of a folder or zip on this machine that are missing, with a bar."""
    chosen = built.scanner.select(path, recursive=recursive)
    with bar("scans") as told:
        work = built.scanner.scan(chosen, wishes, created=now(), name=name_of(path))
        return finish(interruptible(work), told)


def _told(scans: dict[str, Any]) -> bool:
    """Say what became of the files; whether one is missed."""
    left_out = scans["left_out"]
    click.echo(f"{scans['pages']} pages, {scans['made']} pictures made, {len(left_out)} files left out", err=True)
    for one in left_out[:SHOWN]:
        click.echo(f"  left out: {one['name']} {one['reason']}", err=True)
    if len(left_out) > SHOWN:
        click.echo(f"  and {len(left_out) - SHOWN} more", err=True)
    return any(one["missed"] for one in left_out)
