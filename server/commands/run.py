"""`glossator run`: annotate one manifest into files."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from server.commands.progress import bar
from server.log import configure
from server.run import Book, Outcome
from server.settings import Settings

SHOWN = 10
"""Failures that are listed; the count is always complete."""
INTERRUPTED = 130
"""Exit code that shells give for Ctrl-C."""


@click.command(name="run")
@click.argument("manifest", metavar="URL|FILE")
@click.option("--backend", "backends", multiple=True, help="may be repeated [default: illustrations]")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="directory to write to")
@click.option("--crops/--no-crops", default=True, help="cut every region out at full resolution [default: crops]")
@click.option("--device", help="auto, cpu, cuda, cuda:N or mps [default: auto]")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST[:PORT]", help="intranet host to fetch from")
@click.option("--override-refusal", is_flag=True, help="read although the publisher states that machines should not")
@click.option("--verbose", is_flag=True, help="log each page instead of showing a progress bar")
def command(
    manifest: str,
    backends: tuple[str, ...],
    out: Path,
    crops: bool,
    device: str | None,
    allow_hosts: tuple[str, ...],
    override_refusal: bool,
    verbose: bool,
) -> None:
    """Annotate the manifest at URL, or in FILE, into the directory --out: the enriched manifest, one crop for each
    region, a table of the findings and a zip of both. Stopped and started again it goes on where it was.

    Exit code 0: every page was read and every crop cut; 1: some were not, or nothing could be done; 130: stopped.
    """
    configure("INFO" if verbose else "CRITICAL")
    logging.captureWarnings(True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # batch systems send it; it is to end as Ctrl-C does
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    settings = Settings()
    chosen = {"device": device or settings.device, "allow_hosts": allow_hosts or settings.allow_hosts}
    settings = settings.model_copy(update=chosen)
    book = Book(manifest, backends or settings.backends, out, settings, override=override_refusal, crops=crops)
    console.print(book.source.label or book.source.url, style="bold", markup=False)
    try:
        with _progress(console, quiet=verbose) as told:
            outcome = book.annotate(told)
    except KeyboardInterrupt:
        console.print("Stopped. The same command goes on from here.")
        raise SystemExit(INTERRUPTED) from None
    _summary(outcome, out, console)
    raise SystemExit(1 if outcome.failed or outcome.uncropped else 0)


@contextmanager
def _progress(console: Console, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar where a person looks at a terminal."""
    if quiet or not console.is_terminal:
        yield lambda done, total: None
        return
    with bar("pages", console) as told:
        yield lambda done, total: told(done, total, "pages")


def _summary(outcome: Outcome, out: Path, console: Console) -> None:
    console.print(
        f"{outcome.pages} pages ({outcome.resumed} from an earlier run), {outcome.findings} findings, "
        f"{len(outcome.failed)} pages failed, {len(outcome.uncropped)} with crops missing: {out}",
        markup=False,
    )
    problems = [*outcome.failed, *outcome.uncropped]
    for line in problems[:SHOWN]:
        console.print(f"  {line}", markup=False)
    if len(problems) > SHOWN:
        console.print(f"  and {len(problems) - SHOWN} more")
    if problems:
        console.print("Run the same command again to try these again.")
