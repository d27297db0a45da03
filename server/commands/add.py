"""`glossator add`: register a source, in the data directory of this machine or on a running server."""

from __future__ import annotations

from typing import Any

import click
import requests

from server.services import build
from server.settings import Settings


@click.command(name="add")
@click.argument("url")
@click.option("--backend", "backends", multiple=True, help="layer to publish; may be repeated")
@click.option("--server", help="base URL of a running server; default: the data directory of this machine")
@click.option("--token", help="token for --server (GLOSSATOR_TOKEN)", envvar="GLOSSATOR_TOKEN")
def command(url: str, backends: tuple[str, ...], server: str | None, token: str | None) -> None:
    """Register the manifest or collection at URL."""
    row = _remote(url, backends, server, token) if server else _here(url, backends)
    click.echo(f"{row['id']}  {row['kind']}  {row['label']}")
    for repair in row.get("repairs", ()):
        click.echo(f"  repaired: {repair}")


def _here(url: str, backends: tuple[str, ...]) -> dict[str, Any]:
    source, _new = build(Settings()).sources.register(url, backends=backends or None)
    return {"id": source.id, "kind": source.kind, "label": source.label, "repairs": source.repairs}


def _remote(url: str, backends: tuple[str, ...], server: str, token: str | None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body: dict[str, Any] = {"url": url} | ({"backends": list(backends)} if backends else {})
    try:
        answer = requests.post(f"{server.rstrip('/')}/api/sources", json=body, headers=headers, timeout=120)
    except requests.RequestException as error:
        raise click.ClickException(f"{server} does not answer: {error}") from error
    if answer.status_code not in (200, 201):
        raise click.ClickException(f"{server} refused: {answer.json().get('detail', answer.text)}")
    row: dict[str, Any] = answer.json()
    click.echo(row["manifest"])
    return row
