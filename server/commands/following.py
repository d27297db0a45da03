"""`glossator add --follow`: what a change stream lists, now and from now on."""

from __future__ import annotations

import click
import requests

from server.commands.progress import bar
from server.commands.sending import reason
from server.layers import check_layers
from server.services import build
from server.settings import Settings

SHOWN = 20
"""Failures that are listed; what could not be fetched is tried again the next time."""


def follow_here(url: str, backends: tuple[str, ...]) -> bool:
    """In the data directory of this machine; whether everything could be fetched. A running server goes on."""
    built = build(Settings())
    check_layers(backends, built.registry)
    follower = built.follower
    stream = follower.register(url, backends=backends)
    with bar("changes") as told:
        found = follower.follow(stream, lambda done, total: told(done, total, "changes"))
    click.echo(f"{stream.id}  {found.added} added, {found.asked_again} asked again, {found.deleted} deleted")
    for line in found.failed[:SHOWN]:
        click.echo(f"  failed: {line}", err=True)
    if len(found.failed) > SHOWN:
        click.echo(f"  and {len(found.failed) - SHOWN} more", err=True)
    return not found.failed


def follow_there(url: str, backends: tuple[str, ...], server: str, token: str | None) -> None:
    """On a running server, in its background."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = requests.post(
            f"{server.rstrip('/')}/api/streams", json={"url": url, "backends": backends}, headers=headers, timeout=120
        )
    except requests.RequestException as error:
        raise click.ClickException(f"{server} does not answer: {error}") from error
    if answer.status_code != 201:
        raise click.ClickException(f"{server} refused: {reason(answer)}")
    click.echo(f"{answer.json()['id']}  is followed; {server.rstrip('/')}/api/streams tells how far")
