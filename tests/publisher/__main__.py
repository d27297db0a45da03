"""The publisher as a process of its own, for benchmarks and for looking at it."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from . import Publisher

_PAGES = Path(__file__).parents[1] / "data" / "pages" / "images"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.publisher", description=__doc__)
    parser.add_argument("--port", type=int, default=8182)
    parser.add_argument("--pages", type=Path, default=_PAGES, help="directory of pictures")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with Publisher(options.pages, port=options.port, latency=options.latency) as publisher:
        print(f"{len(publisher.shelf.pages)} pages at {publisher.manifest()}", flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
