"""A canvas of a manifest: its key, its size, and the picture that it paints."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .errors import GlossatorError, NoPicture
from .image_service import ImageService, ServiceVersion, Tiles
from .painting import CanvasPicture, PaintedImage, painted
from .shape import JSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL.Image import Image

    from ml_backends.types import BackendInfo, Finding

__all__ = ["Canvas", "CanvasPicture", "Desk", "ImageService", "PaintedImage", "ServiceVersion", "Tiles", "canvas_keys"]


class Desk(Protocol):
    """What a canvas of `iiif_store.load` works with: the network, the clock, and a place for what is added."""

    def picture(self, canvas: Canvas, max_edge: int) -> Image: ...

    def annotate(self, canvas: Canvas, findings: Sequence[Finding], generator: BackendInfo | str) -> JSON: ...


@dataclass(frozen=True, slots=True)
class Canvas:
    """One view of an object, in version 3 terms. `document` is shared: not to be changed."""

    id: str
    """The publisher's, byte for byte."""
    key: str
    """12 base32 characters that name it in our URLs, whatever its position."""
    label: str
    """For people, "" if it has none."""
    width: int | None
    height: int | None
    """In canvas units; None: not told, or it has none (audio)."""
    document: JSON
    desk: Desk | None = None

    def painted(self) -> CanvasPicture:
        """The images that it paints and where; raises NoPicture."""
        return painted(self.document)

    @property
    def has_picture(self) -> bool:
        """Whether there is anything for a model to look at."""
        try:
            self.painted()
        except NoPicture:
            return False
        return True

    def picture(self, max_edge: int = 1280) -> Image:
        """The canvas as a person sees it, fetched at just that size. Only of `iiif_store.load`."""
        return self._desk().picture(self, max_edge)

    def annotate(self, findings: Sequence[Finding], *, generator: BackendInfo | str) -> JSON:
        """Add an annotation page of `findings`, which are in pixels of the picture that `picture` gave last (without
        one: in canvas units), to what `Manifest.save` writes, and return it. `generator` is the model."""
        return self._desk().annotate(self, findings, generator)

    def _desk(self) -> Desk:
        if self.desk is None:
            raise GlossatorError(f"{self.id} was parsed on its own. Open its manifest with iiif_store.load.")
        return self.desk


def canvas_keys(ids: Iterable[str]) -> list[str]:
    """The keys of canvases in their order: the hash of the id; of a repeated id that of the id and #2, #3, ..."""
    seen: dict[str, int] = {}
    keys = []
    for uri in ids:
        seen[uri] = seen.get(uri, 0) + 1
        text = uri if seen[uri] == 1 else f"{uri}#{seen[uri]}"
        keys.append(base64.b32encode(hashlib.sha256(text.encode()).digest())[:12].decode().lower())
    return keys
