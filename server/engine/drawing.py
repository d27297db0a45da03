"""Pictures that a model drew: each becomes an image of the store, and its finding keeps the size only."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PIL.Image import Image

from iiif_store.image_api import pyramid
from iiif_store.stores.images import ImageRecord, Images, drawn_image
from ml_backends.types import Drawn, Finding

MADE_BY = "algorithmicallyEnhanced"
"""What IPTC calls a picture that software made from another one (specs 8.3)."""


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Those with a picture first, so that the number of the first is known before it is drawn: 0."""
    return sorted(findings, key=lambda finding: finding.picture is None)


def keep(findings: Iterable[Finding], images: Images, revision: str, size: tuple[int, int], now: str) -> list[Finding]:
    """The findings, `in_order`, with their pixels put among the images.

    They go there before the reading that names them, so that no reading ever names an image that is not there; what a
    death in between leaves behind is taken up by the next attempt. `size` is that of the picture which the model was
    given. Raises ValueError for a picture of other proportions, StoreUnavailable.
    """
    ordered = in_order(findings)
    for finding in ordered:
        _check(finding, size)
    return [_kept(finding, images, drawn_image(revision, n), revision, now) for n, finding in enumerate(ordered)]


def _check(finding: Finding, size: tuple[int, int]) -> None:
    if not isinstance(finding.picture, Image):
        return
    (width, height), (across, down) = finding.picture.size, size
    if abs(width * down - height * across) > max(across, down):  # more than rounding to whole pixels makes
        raise ValueError(
            f"the model drew {width} x {height} pixels for a picture of {across} x {down}: "
            "a derived image shows the same frame"
        )


def _kept(finding: Finding, images: Images, name: str, revision: str, now: str) -> Finding:
    if not isinstance(finding.picture, Image):
        return finding
    with tempfile.TemporaryDirectory(prefix="glossator-") as folder:
        file = Path(folder) / "drawn.tif"
        width, height = pyramid.write(finding.picture, file)
        label = finding.label or ""
        images.put(ImageRecord(name, width, height, now, label, digital_source_type=MADE_BY, revision=revision), file)
    kept = images.get(name)  # an earlier attempt's, if there was one
    return replace(finding, picture=Drawn(kept.width, kept.height) if kept else Drawn(width, height))
