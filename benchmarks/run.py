"""Pages per second of `glossator run` against the loop that a notebook would hold, and against the bare network.

    python benchmarks/run.py [--pages 60] [--rounds 5] [--latency 0.05]

The publisher is a process of its own that waits 50 ms before each answer. Same weights, same size. Every contender is
a process of its own that has imported and loaded everything, and run once, before a round counts; they take turns.
Ratios are medians of those within each round. CPU time says the same on a machine that is busy with other things, but
counts only the contender's own process.

- the plain loop: download one picture at full size, `YOLO.predict` it, in eager torch; one connection kept open
- the same loop in our runtime: our backend instead of ultralytics, here in onnxruntime
- the bare network: pictures that lie prepared in memory; no fetching, no decoding, no suppression; best of three ways
- at once: from a publisher that does not wait. We ask a publisher 4 things at once, so that one that takes 50 ms for
  each gives 80 pictures a second or fewer, whatever the machine could do

Then, imports and all, `glossator run` and the plain loop on one page, as processes that start from nothing.

Aims: 3 times the plain loop or more, 0.85 times the bare network or more.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import requests
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.processes import ROOT, Contender, Go, Prepare, Run, Site, median_ratio, publisher, rounds, settings_here
from ml_backends.card import ModelCard
from ml_backends.illustrations import SHIPPED, Illustrations
from ml_backends.types import Directories

BATCH = 8
LOOP, OUR_LOOP = "the plain loop, eager torch", "the same loop, our runtime"
OURS, CROPS, AT_ONCE = "glossator run --no-crops", "glossator run", "glossator run --no-crops, at once"
BARE = "the bare network"

Blobs = list[npt.NDArray[np.float32]]


def pictures(manifest: str, size: str = "max") -> Iterator[str]:
    """URLs of the pictures of a book."""
    for canvas in requests.get(manifest, timeout=60).json()["items"]:
        body = canvas["items"][0]["items"][0]["body"]
        yield f"{body['service'][0]['id']}/full/{size}/0/default.jpg"


def download(session: requests.Session, url: str) -> Image.Image:
    answer = session.get(url, timeout=60)
    answer.raise_for_status()
    return Image.open(io.BytesIO(answer.content))


def weights(suffix: str) -> Path:
    """The shipped file."""
    return next(SHIPPED.with_name(file.name) for file in ModelCard.read(SHIPPED).files if file.name.endswith(suffix))


def our_run(site: Site, pages: int, folder: Path, crops: bool) -> Prepare:
    """Each round into a directory of its own."""
    from server.run import Book

    def prepare(number: int) -> Go:
        out = folder / str(number)
        book = Book(site.manifest(pages), ("illustrations",), out, settings_here(out, site), crops=crops)
        book.lanes.predict(book.todo[0].task.recipe, Image.new("RGB", (64, 64)))  # loads the model
        return lambda: len(book.todo) - len(book.annotate(lambda done, total: None).failed)

    return prepare


def plain_loop(manifest: str, folder: Path) -> Prepare:
    """What a notebook holds."""
    model, size, session = quiet_yolo(folder), ModelCard.read(SHIPPED).imgsz, requests.Session()
    urls = list(pictures(manifest))

    def go() -> int:
        return sum(len(model.predict(download(session, url), imgsz=size, verbose=False)) for url in urls)

    return lambda number: go


def quiet_yolo(folder: Path) -> Any:
    """ultralytics with the shipped weights, on the processor."""
    from ml_backends.quiet import quiet_ultralytics

    quiet_ultralytics(folder / "ultralytics")
    from ultralytics import YOLO

    return YOLO(weights(".pt"))


def our_loop(manifest: str, folder: Path) -> Prepare:
    """The notebook's loop with our backend."""
    backend, session, urls = our_backend(folder), requests.Session(), list(pictures(manifest))

    def go() -> int:
        return sum(len(backend.predict([download(session, url)])) for url in urls)

    return lambda number: go


def our_backend(folder: Path) -> Illustrations:
    backend = Illustrations()
    backend.directories = Directories(cache=folder / "cache")
    backend.load("cpu", None)  # type: ignore[arg-type]  # nothing is downloaded: the weights are shipped
    return backend


def prepared(manifest: str, folder: Path) -> Blobs:
    """What the network is given for each picture, those of equal shape together."""
    backend, session = our_backend(folder), requests.Session()
    pixels = [backend.prepare(download(session, url)).pixels for url in pictures(manifest)]
    blobs = [np.ascontiguousarray(one.transpose(2, 0, 1)[None], np.float32) / np.float32(255) for one in pixels]
    return sorted(blobs, key=lambda blob: blob.shape)


def batches(blobs: Blobs) -> Blobs:
    """Of up to 8 pictures of equal shape."""
    alike = (list(group) for _, group in itertools.groupby(blobs, lambda blob: blob.shape))
    return [np.concatenate(group[n : n + BATCH]) for group in alike for n in range(0, len(group), BATCH)]


def bare_cores(manifest: str, folder: Path) -> Prepare:
    """As many pictures at once as there are cores."""
    blobs, run = prepared(manifest, folder), session_of(1)
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    return lambda number: lambda: sum(len(found) for found in pool.map(run, blobs))


def bare_batches(manifest: str, folder: Path) -> Prepare:
    """All cores on one batch."""
    together, run = batches(prepared(manifest, folder)), session_of(os.cpu_count() or 1)
    return lambda number: lambda: sum(len(run(batch)) for batch in together)


def session_of(threads: int) -> Any:
    """The network in onnxruntime, as a function of a batch."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(weights(".onnx"), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: session.run(None, {name: batch})[0]


def bare_torch(manifest: str, folder: Path) -> Prepare:
    """Eager torch, all cores on one batch."""
    together, model = batches(prepared(manifest, folder)), quiet_yolo(folder).model.fuse(verbose=False).eval()
    import torch

    tensors = [torch.from_numpy(batch) for batch in together]

    @torch.inference_mode()
    def go() -> int:
        return sum(len(model(tensor)[0]) for tensor in tensors)

    return lambda number: go


WAYS = {
    "onnxruntime, a picture per core": bare_cores,
    "onnxruntime, batches of 8": bare_batches,
    "torch, batches of 8": bare_torch,
}


def compare(site: Site, quick: Site, pages: int, count: int, folder: Path) -> dict[str, list[Run]]:
    """All contenders in turn; the bare network in the way that is fastest here."""
    manifest = site.manifest(pages)
    contenders = [
        Contender(OURS, our_run, site, pages, folder / "1", False),
        Contender(CROPS, our_run, site, pages, folder / "2", True),
        Contender(AT_ONCE, our_run, quick, pages, folder / "3", False),
        Contender(LOOP, plain_loop, manifest, folder),
        Contender(OUR_LOOP, our_loop, manifest, folder),
        Contender(BARE, fastest(manifest, folder), manifest, folder),
    ]
    try:
        return rounds(contenders, count)
    finally:
        for contender in contenders:
            contender.close()


def fastest(manifest: str, folder: Path) -> Callable[..., Prepare]:
    """The best of `WAYS`."""
    contenders = [Contender(name, make, manifest, folder) for name, make in WAYS.items()]
    rates = {name: runs[0].rate for name, runs in rounds(contenders, 1).items()}
    for contender in contenders:
        contender.close()
    Console(width=120).print(f"{BARE}: ", "; ".join(f"{name} {rate:.0f} pages/s" for name, rate in rates.items()))
    return WAYS[max(rates, key=lambda name: rates[name])]


def show(found: dict[str, list[Run]]) -> Table:
    """A row for each contender."""
    table = Table("", "pages/s", "to the loop", "to the bare", "CPU ms a page", "bare CPU to it")
    rates = {name: [run.rate for run in runs] for name, runs in found.items()}
    costs = {name: [run.cpu / run.pages for run in runs] for name, runs in found.items()}
    for name in found:
        table.add_row(
            name,
            f"{statistics.median(rates[name]):.1f}",
            f"{median_ratio(rates[name], rates[LOOP]):.2f}",
            f"{median_ratio(rates[name], rates[BARE]):.2f}",
            f"{1e3 * statistics.median(costs[name]):.1f}",
            f"{median_ratio(costs[BARE], costs[name]):.2f}",
        )
    return table


NOTEBOOK = """
import io, sys, requests
from pathlib import Path
from PIL import Image
from ml_backends.quiet import mend_torchvision
mend_torchvision()
from ultralytics import YOLO
model = YOLO(sys.argv[1])
for url in sys.argv[3:]:
    model.predict(Image.open(io.BytesIO(requests.get(url).content)), imgsz=int(sys.argv[2]), verbose=False)
"""


def from_nothing(site: Site, count: int, folder: Path) -> Table:
    """One page, imports and all."""
    size = str(ModelCard.read(SHIPPED).imgsz)
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "YOLO_CONFIG_DIR": str(folder),
        "GLOSSATOR_ALLOW_HOSTS": site.host,
    }
    script = [sys.executable, "-c", NOTEBOOK, str(weights(".pt")), size, *pictures(site.manifest(1))]
    ours, theirs = [], []
    for number in range(count):
        out = folder / f"one-{number}"
        main = "from server.cli import main; main()"
        ours.append(seconds([sys.executable, "-c", main, "run", site.manifest(1), "--out", str(out)], environment))
        theirs.append(seconds(script, environment))
    table = Table("one page, from nothing", "seconds", "ratio")
    table.add_row("glossator run", f"{statistics.median(ours):.2f}", f"{median_ratio(ours, theirs):.2f}")
    table.add_row("the plain loop", f"{statistics.median(theirs):.2f}", "1")
    return table


def seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, publisher(options.latency) as site, publisher(0.0) as quick:
        folder = Path(name)
        Console(width=120).print(show(compare(site, quick, options.pages, options.rounds, folder)))
        Console(width=120).print(from_nothing(site, options.rounds, folder))


if __name__ == "__main__":
    main()
