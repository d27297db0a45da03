"""`glossator train colorize`: a colouriser of one's own, from photographs in colour."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ml_backends.register import add_version
from ml_backends.registry import CARD
from server.commands.new_version import models_without
from server.commands.progress import bar
from server.photographs import photographs_of
from server.settings import Settings
from server.wiring import registry_of

if TYPE_CHECKING:
    from ml_backends.training.colorize.run import TrainedModel, TrainSettings

NAME = "colorize"


@click.command(name=NAME)
@click.option(
    "--from",
    "places",
    required=True,
    multiple=True,
    metavar="URL|DIR",
    help="a manifest, a collection, or a folder of images; may be repeated",
)
@click.option("--version", required=True, help="what the new version is called")
@click.option(
    "--base",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="weights (.pt) of a colouriser to start from [default: those in use]",
)
@click.option("--from-scratch", is_flag=True, help="start from nothing; needs thousands of photographs to do well")
@click.option("--run", type=click.Path(path_type=Path, file_okay=False), help="directory that lets a stopped run go on")
@click.option("--epochs", default=60, show_default=True, help="times that every photograph is shown")
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), help="end after so many hours, not by the epochs")
@click.option("--size", default=96, show_default=True, help="pixels of the square crops that are learned from")
@click.option("--imgsz", default=160, show_default=True, help="in use, the network sees as much as such a square")
@click.option("--batch", default=8, show_default=True, help="crops to a step")
@click.option("--learning-rate", type=float, help="at its highest [default: 0.002 from scratch, else 0.0005]")
@click.option("--threads", default=2, show_default=True, help="of the processor")
@click.option("--seed", default=1, show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N or mps")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST[:PORT]", help="intranet host to fetch from")
@click.option("--licence", help="of the weights, for the model card")
@click.option("--note", "notes", multiple=True, help="plain words for the model card; may be repeated")
def command(
    places: tuple[str, ...],
    version: str,
    base: Path | None,
    from_scratch: bool,
    run: Path | None,
    imgsz: int,
    learning_rate: float | None,
    allow_hosts: tuple[str, ...],
    licence: str | None,
    notes: tuple[str, ...],
    **fitting: Any,
) -> None:
    """Train a colouriser on the photographs in colour of --from, and register it as a new version beside the default.

    Grey pictures are counted and left out; a fifth of the photographs is kept apart, to choose by and to measure on.
    The same command again goes on where a stopped one was.
    """
    from ml_backends.training.colorize.fitting import Fit
    from ml_backends.training.colorize.run import TrainSettings, told, train

    settings = Settings()
    settings = settings.model_copy(update={"allow_hosts": allow_hosts or settings.allow_hosts})
    folder, models = run or Path("runs") / f"{NAME}-{version}", models_without(NAME, version, settings)
    if from_scratch and base:
        raise click.UsageError("--base and --from-scratch exclude each other.")
    start = None if from_scratch else base or _in_use(settings)
    rate = learning_rate or (5e-4 if start else 2e-3)
    how = TrainSettings(
        folder, folder / "trained", NAME, version, licence=licence, base=start, imgsz=imgsz,
        fit=Fit(learning_rate=rate, **fitting), notes=notes,
    )  # fmt: skip
    try:
        with bar("training") as progress:
            trained = train(how, photographs_of(places, settings), progress)
    except ValueError as error:  # UnreadableData among them
        raise click.ClickException(str(error)) from error
    click.echo(told(trained.photographs), err=True)
    _register(trained, how, models)


def _in_use(settings: Settings) -> Path:
    """The .pt file of the version that the name alone means."""
    from ml_backends.colorize import Colorize

    backend = registry_of(settings).create(NAME)
    if not isinstance(backend, Colorize):
        raise click.ClickException(f"the backend {NAME!r} is somebody else's; give --base FILE or --from-scratch.")
    return backend.checkpoint()


def _register(trained: TrainedModel, how: TrainSettings, models: Path) -> None:
    trained.card.replace(trained.card.with_name(CARD))
    card = add_version(how.out, models)
    click.echo(f"{card.name} {card.version} is in {models}; before and after: {trained.sheet}")
    click.echo(f"'glossator backends promote {NAME} {card.version}' makes it the one that is used.", err=True)
