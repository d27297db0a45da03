"""What the first GET of a page costs, against fetching the same picture and calling the model in one process.

    python benchmarks/first_page.py [--pages 40] [--latency 0.05]

A gunicorn with our gunicorn.conf.py and one worker, its engine in a process of its own with the model loaded, and
cold pages: each GET makes the engine fetch the picture, read it and store the reading. The reference downloads the
same picture at the same size over an open connection, decodes it and calls our backend, which was loaded beforehand;
it stores nothing. They take turns, page by page. Nothing is read ahead (GLOSSATOR_PREFETCH=0): that would be measured
too. Done twice: with a publisher that waits before it answers, and with one that does not.

Aim: 1.3 or less.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import requests
from rich.console import Console
from rich.table import Table

from benchmarks.processes import (
    Contender,
    Go,
    Prepare,
    Run,
    gunicorn,
    median_ratio,
    publisher,
    rounds,
    settings_of,
)
from benchmarks.run import download, our_backend
from iiif_store.fetch.image_requests import sized
from iiif_store.image_service import ImageService
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from ml_backends.card import ModelCard
from ml_backends.illustrations import SHIPPED

OURS, REFERENCE = "first GET of a page", "download, decode, predict"
LAYER = "illustrations"


def book(url: str) -> Manifest:
    """The publisher's manifest."""
    found = parse(requests.get(url, timeout=60).content, url=url)
    assert isinstance(found, Manifest)
    return found


def getting(base: str, url: str) -> Prepare:
    """Registers the manifest; round n gets the page of its canvas n."""
    source = requests.post(f"{base}/api/sources", json={"url": url}, timeout=60).json()["id"]
    pages = [f"{base}/iiif/3/{source}/{canvas.key}/{LAYER}" for canvas in book(url).canvases]
    session = requests.Session()

    def prepare(number: int) -> Go:
        def go() -> int:
            answer = session.get(pages[number], timeout=120)
            answer.raise_for_status()
            return int(answer.json()["type"] == "AnnotationPage")

        return go

    return prepare


def calling(url: str, folder: Path) -> Prepare:
    """Round n predicts canvas n."""
    backend, session, edge = our_backend(folder), requests.Session(), ModelCard.read(SHIPPED).imgsz
    images = [canvas.painted().images[0] for canvas in book(url).canvases]

    def prepare(number: int) -> Go:
        image = images[number]
        assert image.service and image.width and image.height
        picture = _url(image.service, (image.width, image.height), edge)
        return lambda: len(backend.predict([download(session, picture)]))

    return prepare


def _url(service: ImageService, size: tuple[int, int], edge: int) -> str:
    """What the engine asks for."""
    return sized(service, size, (0, 0, *size), edge).urls[0]


def compare(pages: int, latency: float) -> dict[str, list[Run]]:
    """One run for each page."""
    with tempfile.TemporaryDirectory() as name, publisher(latency) as site:
        folder, url = Path(name), site.manifest(pages + 1)
        settings = settings_of(folder / "data", site, GLOSSATOR_PREFETCH="0")
        with gunicorn(settings, folder / "gunicorn.log") as (base, _worker):
            contenders = [Contender(OURS, getting, base, url), Contender(REFERENCE, calling, url, folder)]
            try:
                return rounds(contenders, pages)
            finally:
                for contender in contenders:
                    contender.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds; the second time there is none")
    options = parser.parse_args()
    table = Table("publisher", OURS, REFERENCE, "ratio", "aim")
    for latency in (options.latency, 0.0):
        found = {name: [run.seconds for run in runs] for name, runs in compare(options.pages, latency).items()}
        ours, theirs = (f"{1e3 * statistics.median(found[name]):.1f} ms" for name in (OURS, REFERENCE))
        ratio = f"{median_ratio(found[OURS], found[REFERENCE]):.2f}"
        table.add_row(f"waits {1e3 * latency:.0f} ms", ours, theirs, ratio, "1.3")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
