"""`glossator evaluate`: how well a backend does on pages whose regions are known."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from iiif_store.fetch.transport import GuardedTransport
from ml_backends.evaluation.detection import Figures, Report
from ml_backends.evaluation.folder import EvaluationSettings, evaluate_folder
from ml_backends.evaluation.reduced import reduced
from ml_backends.runtime import choose_device
from ml_backends.training.pages import UnreadableData
from server.commands import evaluate_colorize
from server.commands.progress import bar
from server.settings import Settings
from server.wiring import registry_of, remote_of

SPLITS = ("train", "val", "test")


@click.command(name="evaluate")
@click.argument("backend")
@click.option("--data", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False), help="a data set")
@click.option(
    "--split",
    type=click.Choice([*SPLITS, "all"]),
    help="[default: test; all pages where the data set says nothing of splits]",
)
@click.option("--version", help="of the backend [default: the promoted one]")
@click.option("--threshold", type=click.FloatRange(0, 1), help="[default: the backend's own]")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="directory for report.json and a contact sheet"
)
@click.option("--device", help="auto, cpu, cuda, cuda:N or mps [default: auto]")
def command(
    backend: str,
    data: Path,
    split: str | None,
    version: str | None,
    threshold: float | None,
    out: Path | None,
    device: str | None,
) -> None:
    """Measure BACKEND on the pages in --data (regions.jsonl, COCO, YOLO or Web Annotations): mAP, precision and recall
    at the threshold, for each class and each source, false alarms, and a contact sheet of the worst mistakes.

    A colouriser is measured on the photographs in --data, beside leaving them grey or giving them one tint: CIEDE2000,
    PSNR, SSIM, colourfulness, and a contact sheet."""
    settings = Settings()
    model = registry_of(settings).create(backend, version)
    model.load(choose_device(device or settings.device), GuardedTransport(remote_of(settings)))
    splits = SPLITS if split == "all" else (split,) if split else None
    if "painting" in model.info.motivations:
        return evaluate_colorize.evaluate(model, data, splits or ("test",), out)
    how = EvaluationSettings(
        data,
        model.info.threshold if threshold is None else threshold,
        out,
        splits,
        getattr(model, "calibration", None),
    )
    try:
        with bar("evaluating") as told:
            found = evaluate_folder(reduced(model.predict, model.info.max_edge), how, told)
    except UnreadableData as error:
        raise click.ClickException(str(error)) from error
    _show(found, Console())
    if found.strange:
        names = ", ".join(f"{label} ({number})" for label, number in found.strange.items())
        click.echo(f"Not measured are findings under labels that are not known here: {names}.", err=True)
    if out:
        click.echo(f"{out}/report.json and {out}/mistakes.png", err=True)


def _show(found: Report, console: Console) -> None:
    table = Table("", "pages", "marked", "AP50", "AP50-95", "precision", "recall", "false alarms", box=None)
    if found.mean:
        marked = sum(figures.marked for figures in found.labels.values())
        mean = f"{found.mean.map50:.3f}", f"{found.mean.map50_95:.3f}"
        table.add_row("mean (mAP)", str(found.pages), str(marked), *mean)
    for name, figures in found.labels.items():
        table.add_row(name, *_row(figures))
    for name, figures in found.groups.items():
        alarms = found.false_alarms_by_group[name]
        table.add_row(f"  {name}", *_row(figures), f"{alarms.alarmed} of {alarms.pages}")
    console.print(table)
    alarms, raw = found.false_alarms, found.raw_calibration_error
    before = "" if raw is None else f" ({raw:.3f} before calibration)"
    console.print(
        f"threshold {found.threshold:.3f}; false alarms on {alarms.alarmed} of {alarms.pages} pages without a picture; "
        f"expected calibration error {found.calibration_error:.3f}{before}"
    )


def _row(figures: Figures) -> tuple[str, ...]:
    numbers = (figures.ap50, figures.ap50_95, figures.precision, figures.recall)
    return (str(figures.pages), str(figures.marked), *("-" if n is None else f"{n:.3f}" for n in numbers))
