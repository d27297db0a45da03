"""A web process for tests: asks the engine from many threads at once, and prints what each was told."""

from __future__ import annotations

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

from iiif_store.errors import GlossatorError
from iiif_store.stores import open_store
from server.engine.client import DaskEngine
from server.engine.types import ReadingTask
from server.settings import Settings


def main() -> None:
    values, tasks, times, wait = pickle.loads(bytes.fromhex(sys.stdin.read()))
    settings = Settings(**values)
    engine = DaskEngine(settings, open_store(settings.store_url), threads=64)

    def ask(task: ReadingTask) -> str:
        try:
            engine.ensure(task, wait=wait)
        except GlossatorError as error:
            return type(error).__name__
        return "stored"

    asked = [task for task in tasks for _ in range(times)]
    with ThreadPoolExecutor(len(asked)) as threads:
        print(*threads.map(ask, asked))
    engine.close()


if __name__ == "__main__":
    main()
