"""`glossator run`: annotate one manifest into files."""

from __future__ import annotations

import logging
import shlex
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from server.commands.progress import Told, bar
from server.log import configure
from server.run import Book, Outcome
from server.scans.selection import LeftOut
from server.settings import Settings

SHOWN = 10
"""Failures that are listed; the count is always complete."""
INTERRUPTED = 130
"""Exit code that shells give for Ctrl-C."""


@click.command(name="run")
@click.argument("manifest", metavar="URL|FILE|DIR")
@click.option("--backend", "backends", multiple=True, help="may be repeated [default: illustrations]")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="directory to write to")
@click.option("--crops/--no-crops", default=True, help="cut every region out at full resolution [default: crops]")
@click.option("--recursive", is_flag=True, help="of a folder of scans also take the folders inside it")
@click.option("--base-url", metavar="URL", help="where the directory is going to be published, for ids and pictures")
@click.option("--device", help="auto, cpu, cuda, cuda:N or mps [default: auto]")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST[:PORT]", help="intranet host to fetch from")
@click.option("--override-refusal", is_flag=True, help="read although the publisher states that machines should not")
@click.option("--verbose", is_flag=True, help="log each page instead of showing a progress bar")
def command(
    manifest: str,
    backends: tuple[str, ...],
    out: Path,
    crops: bool,
    recursive: bool,
    base_url: str | None,
    device: str | None,
    allow_hosts: tuple[str, ...],
    override_refusal: bool,
    verbose: bool,
) -> None:
    """Annotate the manifest at URL or in FILE, or the scans in a folder or zip, into the directory --out: the enriched
    manifest, one crop for each region, a table of the findings and a zip of both. Of a backend that draws pictures also
    these, and a manifest that shows them beside the originals. Stopped and started again it goes on where it was.

    Exit code 0: every page was read and every crop cut; 1: some were not, or nothing could be done; 130: stopped.
    """
    configure("INFO" if verbose else "CRITICAL")
    logging.captureWarnings(True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # batch systems send it; it is to end as Ctrl-C does
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    settings = Settings()
    chosen = {"device": device or settings.device, "allow_hosts": allow_hosts or settings.allow_hosts}
    published = base_url.rstrip("/") if base_url else settings.base_url
    settings = settings.model_copy(update=chosen | {"base_url": published})
    with _progress(console, "scans", quiet=verbose) as scanning:
        book = Book(
            manifest,
            backends or settings.backends,
            out,
            settings,
            override=override_refusal,
            crops=crops,
            recursive=recursive,
            scanning=scanning,
        )
    console.print(book.source.label or book.source.url, style="bold", markup=False)
    try:
        with _progress(console, "pages", quiet=verbose) as told:
            outcome = book.annotate(lambda done, total: told(done, total, "pages"))
    except KeyboardInterrupt:
        console.print("Stopped. The same command goes on from here.")
        raise SystemExit(INTERRUPTED) from None
    left_out = book.scanned.left_out if book.scanned else ()
    _summary(outcome, left_out, out, console)
    if book.scanned:
        console.print(
            f"To see it in a viewer: glossator add {shlex.quote(manifest)}, then glossator serve.", markup=False
        )
    missed = any(one.missed for one in left_out)
    raise SystemExit(1 if outcome.failed or outcome.uncropped or missed else 0)


@contextmanager
def _progress(console: Console, what: str, *, quiet: bool) -> Iterator[Told]:
    """A bar where a person looks at a terminal."""
    if quiet or not console.is_terminal:
        yield lambda _done, _total, _doing: None
        return
    with bar(what, console) as told:
        yield told


def _summary(outcome: Outcome, left_out: Sequence[LeftOut], out: Path, console: Console) -> None:
    console.print(
        f"{outcome.pages} pages ({outcome.resumed} from an earlier run), {outcome.findings} findings, "
        f"{len(outcome.failed)} pages failed, {len(outcome.uncropped)} with crops missing: {out}",
        markup=False,
    )
    for one in left_out[:SHOWN]:
        console.print(f"  left out: {one.name} {one.reason}", markup=False)
    if len(left_out) > SHOWN:
        console.print(f"  and {len(left_out) - SHOWN} more")
    problems = [*outcome.failed, *outcome.uncropped]
    for line in problems[:SHOWN]:
        console.print(f"  {line}", markup=False)
    if len(problems) > SHOWN:
        console.print(f"  and {len(problems) - SHOWN} more")
    if problems:
        console.print("Run the same command again to try these again.")
