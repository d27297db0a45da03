"""The part of `glossator evaluate` that is about backends that paint."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Column, Table

from ml_backends.training.pages import UnreadableData
from ml_backends.types import Backend
from server.commands.progress import bar


def evaluate(model: Backend, data: Path, splits: tuple[str, ...], out: Path | None) -> None:
    """Measures a loaded colouriser on the photographs in `data`, beside leaving them grey or giving them a tint."""
    from ml_backends.evaluation.colour_folder import evaluate_photographs

    try:
        with bar("evaluating") as told:
            found = evaluate_photographs(model.predict, data, splits, out, told)
    except UnreadableData as error:
        raise click.ClickException(f"{error}. Try --split all.") from error
    columns = (Column(name, no_wrap=True) for name in ("", "pictures", "CIEDE2000", "PSNR", "SSIM", "colourful"))
    table = Table("", *columns, box=None)
    for group, methods in {"all": found.methods, **found.groups}.items():
        for number, (name, row) in enumerate(methods.items()):
            figures = f"{row.ciede2000:.3f}", f"{row.psnr:.2f}", f"{row.ssim:.4f}", f"{row.colourfulness:.1f}"
            table.add_row("" if number else group, name, str(row.pictures), *figures)
    Console().print(table)
    if out:
        click.echo(f"{out}/report.json and {out}/before-after.png", err=True)
