"""What the first GET of a page costs, against fetching the same picture and calling the model in one process.

    python benchmarks/first_page.py [--pages 40] [--latency 0.05]

A gunicorn with our gunicorn.conf.py and one worker, its engine in a process of its own with the model loaded, and
cold pages: each GET makes the engine fetch the picture, read it and store the reading. The reference downloads the
picture of the same page at the same size over one open connection, decodes it and calls our backend with it, which
was loaded beforehand; it stores nothing. They take turns, page by page. Nothing is read ahead (GLOSSATOR_PREFETCH=0),
since that would be measured too. Twice: with a publisher that waits before it answers, and with one that does not.

Aim: 1.3 or less.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import requests
from rich.console import Console
from rich.table import Table

from benchmarks.processes import PAGES, Contender, Go, Prepare, Site, gunicorn, median_ratio, publisher, settings_of
from benchmarks.run import download, our_backend, pictures
from iiif_store.canvas import canvas_keys
from iiif_store.source import source_id
from ml_backends.card import ModelCard
from ml_backends.illustrations import SHIPPED
from tests.publisher.shelf import Shelf

WARM_UP = 5
"""Pages before those that count: the engine starts and loads its model."""
