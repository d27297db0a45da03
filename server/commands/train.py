"""`glossator train`: backends for one's own material."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from ml_backends.register import add_version
from ml_backends.registry import CARD
from ml_backends.training.fitting import Fit
from ml_backends.training.illustrations import TrainSettings
from ml_backends.training.illustrations import train as train_illustrations
from ml_backends.training.pages import UnreadableData
from ml_backends.training.readers import with_splits
from ml_backends.training.yolo_layout import KINDS, Mixture
from server.commands.new_version import models_without
from server.commands.progress import bar
from server.commands.train_colorize import command as colorize
from server.marked import marked_pages
from server.settings import Settings

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FIT, MIXTURE = Fit(), Mixture()
COPIES = ", ".join(f"{kind} {number:g}" for kind, number in asdict(MIXTURE.copies).items())


@click.group(name="train")
def command() -> None:
    """Train a backend on your own material."""


command.add_command(colorize)


@command.command()
@click.option("--data", multiple=True, type=FOLDER, help="a data set; may be repeated")
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="ID|URL|FILE",
    help="a source, or a manifest, on whose canvases people marked regions; may be repeated",
)
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST[:PORT]", help="intranet host to fetch from")
@click.option("--version", required=True, help="what the new version is called")
@click.option("--base", type=FILE, help="weights (.pt) to start from [default: random]")
@click.option("--photographs", type=FOLDER, help="photographs, of which synthetic pages are made as well")
@click.option("--synthetic", default=MIXTURE.synthetic, show_default=True, help="how many synthetic pages")
@click.option(
    "--copies",
    multiple=True,
    type=(click.Choice(KINDS), click.FloatRange(min=0)),
    metavar="KIND N",
    help=f"images of each real page, by what it shows; may be repeated [default: {COPIES}]",
)
@click.option("--run", type=click.Path(path_type=Path, file_okay=False), help="directory that lets a stopped run go on")
@click.option("--architecture", default=FIT.architecture, show_default=True, help="of ultralytics, with random weights")
@click.option("--imgsz", default=FIT.imgsz, show_default=True, help="pixels of the longer side")
@click.option("--use-imgsz", type=int, help="pixels of the longer side when the weights are used [default: --imgsz]")
@click.option("--epochs", default=FIT.epochs, show_default=True)
@click.option("--hours", type=float, help="end after so many hours, whatever the epochs")
@click.option("--batch", default=FIT.batch, show_default=True, help="images to a step")
@click.option("--learning-rate", default=FIT.learning_rate, show_default=True, help="at its highest; falls as a cosine")
@click.option("--mosaic", default=FIT.mosaic, show_default=True, help="share of images put together from four")
@click.option("--scale", default=FIT.scale, show_default=True, help="how much images are enlarged or reduced by chance")
@click.option(
    "--blend",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="share of new weights, the rest --base",
)
@click.option("--threads", default=FIT.threads, show_default=True, help="of the processor, for the network")
@click.option("--seed", default=FIT.seed, show_default=True, help="of the network and of the pages that are made")
@click.option("--device", default="auto", show_default=True)
@click.option("--hold-out", multiple=True, help="a set that is only measured; may be repeated")
@click.option("--size", "sizes", multiple=True, type=int, help="a further imgsz to measure at; may be repeated")
@click.option(
    "--beside", "others", multiple=True, type=FILE, help="the card of another run, to stand beside in the new card"
)
@click.option("--note", "notes", multiple=True, help="plain words for the model card; may be repeated")
def illustrations(
    data: tuple[Path, ...],
    sources: tuple[str, ...],
    allow_hosts: tuple[str, ...],
    version: str,
    base: Path | None,
    photographs: Path | None,
    synthetic: int,
    copies: tuple[tuple[str, float], ...],
    run: Path | None,
    device: str,
    hold_out: tuple[str, ...],
    blend: float,
    use_imgsz: int | None,
    sizes: tuple[int, ...],
    others: tuple[Path, ...],
    notes: tuple[str, ...],
    seed: int,
    **fitting: Any,
) -> None:
    """Train an illustration detector on --data (regions.jsonl, COCO, YOLO or Web Annotations) and on what people
    marked on every --source, and register it as a new version beside the default. The same command again goes on where
    a stopped one was."""
    if not data and not sources:
        raise click.UsageError("Give --data, --source or both: there is nothing to train on.")
    settings = Settings()
    settings = settings.model_copy(update={"allow_hosts": allow_hosts or settings.allow_hosts})
    models = models_without("illustrations", version, settings)
    folder = run or Path("runs") / f"illustrations-{version}"
    how = TrainSettings(
        run=folder,
        out=folder / "trained",
        data=data,
        photographs=photographs,
        version=version,
        hold_out=hold_out,
        mixture=Mixture(synthetic, replace(MIXTURE.copies, **dict(copies)), seed),
        fit=Fit(base=base, device=device, seed=seed, **fitting),
        blend=blend,
        imgsz=use_imgsz,
        sizes=sizes,
        others=others,
        notes=notes,
    )
    try:
        with bar("training") as told:
            written = [marked_pages(one, folder / f"source-{n}", settings, told) for n, one in enumerate(sources)]
            trained = train_illustrations(how, told, with_splits([page for pages in written for page in pages]))
    except UnreadableData as error:
        raise click.ClickException(str(error)) from error
    trained.card.replace(trained.card.with_name(CARD))
    card = add_version(how.out, models)
    click.echo(f"{card.name} {card.version} is in {models}; its card tells how well it does.")
    click.echo(f"'glossator backends promote illustrations {version}' makes it the one that is used.", err=True)
