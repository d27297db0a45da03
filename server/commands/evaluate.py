"""`glossator evaluate`: how well a backend does on pages whose regions are known."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from iiif_store.fetch.transport import GuardedTransport
from ml_backends.evaluation.contact_sheet import contact_sheet
from ml_backends.evaluation.detection import Figures, Report, judge, report
from ml_backends.runtime import choose_device
from ml_backends.training.readers import UnreadableData, read
from server.commands.progress import bar
from server.settings import Settings
from server.wiring import registry_of, remote_of


@click.command(name="evaluate")
@click.argument("backend")
@click.option("--data", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False), help="a data set")
@click.option("--split", default="test", show_default=True, help="train, val, test or all")
@click.option("--version", help="of the backend [default: the promoted one]")
@click.option("--threshold", type=click.FloatRange(0, 1), help="[default: the backend's own]")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="directory for report.json and mistakes.png"
)
@click.option("--device", help="auto, cpu, cuda, cuda:N or mps [default: auto]")
def command(
    backend: str,
    data: Path,
    split: str,
    version: str | None,
    threshold: float | None,
    out: Path | None,
    device: str | None,
) -> None:
    """Measure BACKEND on the pages in --data (regions.jsonl, COCO, YOLO or Web Annotations): mAP, precision and recall
    at the threshold, for each class and each source, false alarms, and a contact sheet of the worst mistakes."""
    settings = Settings()
    registry = registry_of(settings)
    model = registry.create(backend, version)
    try:
        pages = [page for page in read(data) if split in ("all", page.split)]
    except UnreadableData as error:
        raise click.ClickException(str(error)) from error
    if not pages:
        raise click.ClickException(f"{data} has no pages in the split {split!r}; try --split all.")
    model.load(choose_device(device or settings.device), GuardedTransport(remote_of(settings)))
    with bar("evaluating") as told:
        judged = judge(model.predict, pages, told)
    limit = model.info.threshold if threshold is None else threshold
    found = report(judged, limit)
    _show(found, Console())
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_bytes(orjson.dumps(found.as_dict(), option=orjson.OPT_INDENT_2))
        contact_sheet(judged, limit, out / "mistakes.png")
        click.echo(f"{out}/report.json and {out}/mistakes.png", err=True)


def _show(found: Report, console: Console) -> None:
    table = Table("", "pages", "marked", "AP50", "AP50-95", "precision", "recall", box=None)
    for name, figures in (*found.labels.items(), *(("  " + group, row) for group, row in found.groups.items())):
        table.add_row(name, *_row(figures))
    console.print(table)
    alarms = found.false_alarms
    console.print(
        f"threshold {found.threshold:.3f}; false alarms on {alarms.alarmed} of {alarms.pages} pages without a picture; "
        f"expected calibration error {found.calibration_error:.3f}"
    )


def _row(figures: Figures) -> tuple[str, ...]:
    numbers = (figures.ap50, figures.ap50_95, figures.precision, figures.recall)
    return (str(figures.pages), str(figures.marked), *("-" if n is None else f"{n:.3f}" for n in numbers))
