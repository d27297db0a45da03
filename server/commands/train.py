"""`glossator train`: backends for one's own material."""

from __future__ import annotations

from pathlib import Path

import click

from ml_backends.register import add_version
from ml_backends.registry import CARD
from ml_backends.training.fitting import Fit
from ml_backends.training.illustrations import TrainSettings
from ml_backends.training.illustrations import train as train_illustrations
from ml_backends.training.readers import UnreadableData
from server.commands.progress import bar
from server.settings import Settings

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(name="train")
def command() -> None:
    """Train a backend on your own material."""


@command.command()
@click.option("--data", required=True, multiple=True, type=FOLDER, help="a data set; may be repeated")
@click.option("--version", required=True, help="what the new version is called")
@click.option("--base", type=FILE, help="weights (.pt) to start from [default: random]")
@click.option("--photographs", type=FOLDER, help="photographs, of which synthetic pages are made as well")
@click.option("--run", type=click.Path(path_type=Path, file_okay=False), help="directory that lets a stopped run go on")
@click.option("--imgsz", default=640, show_default=True, help="pixels of the longer side")
@click.option("--epochs", default=60, show_default=True)
@click.option("--hours", type=float, help="end after so many hours, whatever the epochs")
@click.option("--device", default="auto", show_default=True)
@click.option("--hold-out", multiple=True, help="a set that is only measured; may be repeated")
def illustrations(
    data: tuple[Path, ...],
    version: str,
    base: Path | None,
    photographs: Path | None,
    run: Path | None,
    imgsz: int,
    epochs: int,
    hours: float | None,
    device: str,
    hold_out: tuple[str, ...],
) -> None:
    """Train an illustration detector on --data (regions.jsonl, COCO, YOLO or Web Annotations) and register it as a new
    version beside the default. The same command again goes on where a stopped one was."""
    models = Settings().data / "models"
    folder = run or Path("runs") / f"illustrations-{version}"
    fit = Fit(base=base, imgsz=imgsz, epochs=epochs, hours=hours, device=device)
    settings = TrainSettings(
        run=folder,
        out=folder / "trained",
        data=data,
        photographs=photographs,
        version=version,
        hold_out=hold_out,
        fit=fit,
    )
    try:
        with bar("training") as told:
            trained = train_illustrations(settings, told)
    except UnreadableData as error:
        raise click.ClickException(str(error)) from error
    trained.card.replace(trained.card.with_name(CARD))
    card = add_version(settings.out, models)
    click.echo(f"{card.name} {card.version} is in {models}; its card tells how well it does.")
    click.echo(f"'glossator backends promote illustrations {version}' makes it the one that is used.", err=True)
