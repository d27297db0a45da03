"""The kinds of page that are made, and how often each is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml_backends.training.synthesis import letterpress, ornamented, plates
from ml_backends.training.synthesis.cuts import Supply
from ml_backends.training.synthesis.sheet import Sheet

Layout = Callable[[Supply, np.random.Generator], Sheet]

LAYOUTS: dict[str, tuple[Layout, float]] = {
    "newspaper": (letterpress.newspaper, 4),
    "book": (letterpress.book, 4),
    "plate": (plates.plate, 2),
    "album": (plates.album, 1.5),
    "japanese": (plates.japanese, 2),
    "title": (letterpress.title, 1.5),
    "plain": (letterpress.plain, 1.3),
    "ornamented": (ornamented.ornamented, 4),
    "cuts": (ornamented.cuts_in_text, 1.5),
    "host": (plates.host, 3),
    "ended": (ornamented.ended, 2.5),
}
"""Name -> (layout, how often relative to the others)."""
ON_SCANS = ("host", "ended")
"""Those that are printed on real pages without a picture, and need some."""
