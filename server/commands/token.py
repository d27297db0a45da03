"""`glossator token`: secrets that may write, stored only as hashes."""

from __future__ import annotations

import click

from iiif_store.stores import open_store
from iiif_store.stores.tokens import new_token
from server.settings import Settings


@click.group(name="token")
def command() -> None:
    """Make, list and withdraw tokens that may write."""


@command.command()
@click.argument("name")
def add(name: str) -> None:
    """Make a token for NAME and show it, this once."""
    secret, token = new_token(name)
    open_store(Settings().store_url).put_token(token)
    click.echo(secret)
    click.echo(f"Token {token.id} for {name}. It is not shown again; send it as 'Authorization: Bearer ...'.", err=True)


@command.command(name="list")
def list_() -> None:
    """List the tokens that are valid."""
    for token in open_store(Settings().store_url).tokens():
        click.echo(f"{token.id}  {token.created}  {token.name}")


@command.command()
@click.argument("token")
def withdraw(token: str) -> None:
    """Make the token with this id worthless."""
    if not open_store(Settings().store_url).delete_token(token):
        raise click.ClickException(f"There is no token {token}; 'glossator token list' shows them.")
    click.echo(f"Token {token} is withdrawn.")
