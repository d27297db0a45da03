"""`glossator worker`: a further machine that computes."""

from __future__ import annotations

import click

from server.engine.worker import run_worker
from server.settings import Settings


@click.command(name="worker")
@click.option("--scheduler", required=True, envvar="GLOSSATOR_SCHEDULER", metavar="tls://HOST:PORT")
def command(scheduler: str) -> None:
    """Compute for the engine at --scheduler until stopped. Needs the same store and the engine's keys."""
    run_worker(Settings(), scheduler)
