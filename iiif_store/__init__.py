"""IIIF documents in, IIIF documents out, and where things are kept. As a library:

import iiif_store as iiif

manifest = iiif.load("https://example.org/iiif/book/manifest.json")
for canvas in manifest.canvases:
    picture = canvas.picture(max_edge=1280)
    canvas.annotate(findings, generator="my-model 1.0")
manifest.save("enriched.json")
"""

from __future__ import annotations

from ml_backends.types import BackendInfo, Box, Finding, Polygon

from .canvas import Canvas, CanvasPicture
from .errors import FetchFailed, FetchRefused, GlossatorError, NoPicture, NotIIIF, PictureRefused
from .load import load, parse
from .manifest import Collection, Manifest, Member

__all__ = [
    "BackendInfo",
    "Box",
    "Canvas",
    "CanvasPicture",
    "Collection",
    "FetchFailed",
    "FetchRefused",
    "Finding",
    "GlossatorError",
    "Manifest",
    "Member",
    "NoPicture",
    "NotIIIF",
    "PictureRefused",
    "Polygon",
    "load",
    "parse",
]
