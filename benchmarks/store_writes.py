"""What writing a reading costs when 100,000 are stored, against 1,000 stored, and against the bare file write.

    python benchmarks/store_writes.py [--many 100000] [--few 1000] [--writes 500] [--folder DIR]

Both stores are filled by `put_reading` and lie on the same disk. The writes alternate between them and a plain
folder, so that whatever else the machine does hits all three. Aim: many / few <= 1.2 at the median.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from iiif_store.reading import Reading, Recipe
from iiif_store.stores import codec, open_store
from ml_backends.types import Box, Finding

FINDINGS = tuple(
    Finding("tagging", Box(61.5 * n, 40.25 * n, 300.125, 200.75), label="illustration", score=0.91 - n / 100)
    for n in range(8)
)


def readings() -> Iterator[Reading]:
    """Readings of an illustrated page: 8 boxes each, every one of another picture."""
    for number in count():
        recipe = Recipe(f"{number:064x}", 0, "illustrations", "1.0", "b" * 64, {"imgsz": 1280})
        yield Reading(recipe, 905, 1280, FINDINGS, "2025-03-01T10:00:00Z", "2025-03-01T10:00:01Z", device="cpu")


def filled(folder: Path, number: int) -> Callable[[Reading], None]:
    """`put_reading` of a new store that holds so many."""
    store = open_store(f"tinydb://{folder}")
    stored = readings()
    for _ in track(range(number), f"filling with {number:,}", transient=True):
        store.put_reading(next(stored))
    return store.put_reading


def bare(folder: Path) -> Callable[[Reading], None]:
    """The least that a safe write can do: a temporary file, synced and renamed."""
    folder.mkdir()

    def write(reading: Reading) -> None:
        temporary = folder / "temporary"
        with temporary.open("wb") as file:
            file.write(codec.to_json(reading))
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(folder / reading.revision)

    return write


def interleaved(writers: dict[str, Callable[[Reading], None]], writes: int) -> dict[str, list[float]]:
    """Seconds of each write; who comes first changes from round to round."""
    seconds: dict[str, list[float]] = {name: [] for name in writers}
    order = list(writers)
    template = next(readings())
    for number in range(writes):
        reading = replace(template, recipe=replace(template.recipe, picture=f"new {number}"))
        for name in order:
            start = time.perf_counter()
            writers[name](reading)
            seconds[name].append(time.perf_counter() - start)
        order.append(order.pop(0))
    return seconds


def table(seconds: dict[str, list[float]], reference: str) -> Table:
    shown = Table("a reading written to", "median ms", "90 % ms", f"ratio to {reference}")
    base = statistics.median(seconds[reference])
    for name, times in seconds.items():
        median, late = statistics.median(times), statistics.quantiles(times, n=10)[-1]
        shown.add_row(name, f"{median * 1e3:.3f}", f"{late * 1e3:.3f}", f"{median / base:.2f}")
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--writes", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; default: the system's temporary one")
    arguments = parser.parse_args()
    few, many = f"a store of {arguments.few:,}", f"a store of {arguments.many:,}"
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        writers = {
            few: filled(folder / "few", arguments.few),
            many: filled(folder / "many", arguments.many),
            "a bare folder": bare(folder / "bare"),
        }
        os.sync()
        Console().print(table(interleaved(writers, arguments.writes), few))


if __name__ == "__main__":
    main()
