"""`glossator engine`: the process that computes, on its own."""

from __future__ import annotations

import click

from server.engine.process import run_engine
from server.settings import Settings


@click.command(name="engine")
@click.option(
    "--listen",
    default="tls://127.0.0.1:0",
    show_default=True,
    metavar="tls://HOST:PORT",
    help="where workers and web servers connect; another address than loopback lets other machines in",
)
def command(listen: str) -> None:
    """Compute until stopped. 'glossator serve' starts one by itself; this is for service managers and several machines.

    Other machines need the keys of this data directory (its folder tls) in theirs.
    """
    raise SystemExit(run_engine(Settings(), listen=listen))
