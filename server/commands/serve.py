"""`glossator serve`: web server and engine on one machine."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from server.services import build
from server.settings import Settings

UNFINISHED = 1000
"""The newest jobs that are looked at."""


@click.command(name="serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen on")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="data directory [default: data]")
@click.option("--scheduler", help="tls:// address of a running scheduler [default: an engine of our own]")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST[:PORT]", help="intranet host to fetch from")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="web processes")
def command(
    host: str, port: int, data: Path | None, scheduler: str | None, allow_hosts: tuple[str, ...], workers: int
) -> None:
    """Serve everything on this machine; stop with Ctrl-C. The engine, which computes, is started by the first page that
    needs it. It finishes jobs when the server is stopped, and ends when it has had nothing to do for half an hour
    (setting engine_idle)."""
    options = {
        "GLOSSATOR_DATA": str(data) if data else None,
        "GLOSSATOR_SCHEDULER": scheduler,
        "GLOSSATOR_ALLOW_HOSTS": ",".join(allow_hosts) or None,
    }
    os.environ |= {name: value for name, value in options.items() if value}
    _resume()
    click.echo(f"Glossator listens on http://{host}:{port}/ (stop with Ctrl-C)")
    arguments = ["gunicorn", "-c", str(configuration()), "-b", f"{host}:{port}", "-w", str(workers), "wsgi:app"]
    os.execv(sys.executable, [sys.executable, "-m", *arguments])


def _resume() -> None:
    """Jobs that were under way when this machine stopped go on; nobody else would start an engine for them."""
    built = build(Settings())
    unfinished = [job for job in built.store.jobs(UNFINISHED) if job.state in ("queued", "running")]
    if unfinished:
        click.echo(f"{len(unfinished)} unfinished jobs go on.")
        built.engine.start(unfinished[0])


def configuration() -> Path:
    """gunicorn.conf.py lies beside wsgi.py, in a checkout as in an installed wheel."""
    spec = find_spec("wsgi")
    if spec is None or spec.origin is None:
        raise click.ClickException("wsgi.py is not installed; reinstall glossator.")
    return Path(spec.origin).with_name("gunicorn.conf.py")
