"""`glossator run`: annotate one manifest into files."""

from __future__ import annotations

import logging
from pathlib import Path

import click
from rich.console import Console

from server.commands.progress import bar
from server.log import configure
from server.run import Book, Outcome
from server.settings import Settings

SHOWN = 10
"""Failures that are listed; the count is always complete."""


@click.command(name="run")
@click.argument("manifest", metavar="URL|FILE")
@click.option("--backend", "backends", multiple=True, help="may be repeated [default: illustrations]")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="directory to write to")
@click.option("--device", help="auto, cpu, cuda, cuda:N or mps [default: auto]")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST[:PORT]", help="intranet host to fetch from")
@click.option("--override-refusal", is_flag=True, help="read although the publisher states that machines should not")
@click.option("--verbose", is_flag=True, help="log each page")
def command(
    manifest: str,
    backends: tuple[str, ...],
    out: Path,
    device: str | None,
    allow_hosts: tuple[str, ...],
    override_refusal: bool,
    verbose: bool,
) -> None:
    """Annotate the manifest at URL, or in FILE, into the directory --out: the enriched manifest, one crop for each
    region, a zip of the crops and a table of them. Stopped and started again it goes on where it was.

    Exit code 0: every page was read; 1: some were not.
    """
    configure("INFO" if verbose else "CRITICAL")
    logging.captureWarnings(True)
    console = Console(stderr=True)
    settings = Settings()
    chosen = {"device": device or settings.device, "allow_hosts": allow_hosts or settings.allow_hosts}
    settings = settings.model_copy(update=chosen)
    book = Book(manifest, backends or settings.backends, out, settings, override=override_refusal)
    console.print(f"[bold]{book.source.label or book.source.url}[/bold]", highlight=False)
    with bar("pages", console) as told:
        outcome = book.annotate(lambda done, total: told(done, total, "pages"))
    _summary(outcome, out, console)
    raise SystemExit(1 if outcome.failed or outcome.uncropped else 0)


def _summary(outcome: Outcome, out: Path, console: Console) -> None:
    console.print(
        f"{outcome.pages} pages ({outcome.resumed} from an earlier run), {outcome.findings} findings, "
        f"{len(outcome.failed)} pages failed, {len(outcome.uncropped)} with crops missing: {out}"
    )
    problems = [*outcome.failed, *outcome.uncropped]
    for line in problems[:SHOWN]:
        console.print(f"  {line}", highlight=False, markup=False)
    if len(problems) > SHOWN:
        console.print(f"  and {len(problems) - SHOWN} more. Run the same command again to try them again.")
