"""A manifest made of scans that live here: Presentation 3, with an Image API service for each picture (specs 1.1).

Its ids are `local:3/...` and `local:image/...`: nothing that is stored contains a base URL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .shape import JSON
from .vocabulary import ATTRIBUTION_LABEL, PRESENTATION_3, RIGHTS, rights3

LOCAL = "local:"
FULL = "full/max/0/default.jpg"
LEVEL_2 = "http://iiif.io/api/image/2/level2.json"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a book of scans."""

    name: str
    """What its canvas is called in the book, whatever its position."""
    label: str
    image: str
    """The identifier of its picture in the Image API. Two leaves may show the same one."""
    width: int
    height: int
    """Of the picture as it is looked at, in pixels."""
    folder: tuple[str, ...] = ()
    """The names of the folders that it lies in, outermost first: its chapter."""


def properties(label: str, rights: str | None = None, attribution: str | None = None) -> JSON:
    """What people say of a book. Raises ValueError for `rights` that may not stand in a manifest (P3, 3.1)."""
    found: JSON = {"label": {"none": [label]}}
    if rights:
        if not RIGHTS.match(rights):
            raise ValueError(
                f"{rights!r} is no statement of rights that a manifest may carry. Give a URI of creativecommons.org "
                "(http://creativecommons.org/licenses/by/4.0/) or of rightsstatements.org."
            )
        found["rights"] = rights3(rights)
    if attribution:
        found["requiredStatement"] = {"label": ATTRIBUTION_LABEL, "value": {"none": [attribution]}}
    return found


def manifest(source: str, said: JSON, leaves: Sequence[Leaf]) -> JSON:
    """The manifest of a source: what is `said` of it, a canvas for each leaf in order, a range for each folder."""
    document = {
        "@context": PRESENTATION_3,
        "id": f"{LOCAL}3/{source}/original",
        "type": "Manifest",
        **said,
        "items": [_canvas(source, leaf) for leaf in leaves],
    }
    ranges = _ranges(source, leaves, ())
    return document | {"structures": ranges} if ranges else document


def picture_url(image: str) -> str:
    """What the painting body of a picture is called."""
    return f"{LOCAL}image/3/{image}/{FULL}"


def _canvas_id(source: str, leaf: Leaf) -> str:
    return f"{LOCAL}3/{source}/canvas/{leaf.name}"


def _canvas(source: str, leaf: Leaf) -> JSON:
    canvas = _canvas_id(source, leaf)
    size = {"width": leaf.width, "height": leaf.height}
    painting: dict[str, Any] = {
        "id": f"{canvas}/painting",
        "type": "Annotation",
        "motivation": "painting",
        "body": {
            "id": picture_url(leaf.image),
            "type": "Image",
            "format": "image/jpeg",
            **size,
            "service": _services(leaf.image),
        },
        "target": canvas,
    }
    page = {"id": f"{canvas}/page", "type": "AnnotationPage", "items": [painting]}
    return {"id": canvas, "type": "Canvas", "label": {"none": [leaf.label]}, **size, "items": [page]}


def _services(image: str) -> list[JSON]:
    """Both versions, for viewers that know the older one only."""
    return [
        {"id": f"{LOCAL}image/3/{image}", "type": "ImageService3", "profile": "level2"},
        {"@id": f"{LOCAL}image/2/{image}", "@type": "ImageService2", "profile": LEVEL_2},
    ]


def _ranges(source: str, leaves: Sequence[Leaf], above: tuple[str, ...]) -> list[JSON]:
    """The ranges of the folders inside `above`, in the order in which they come."""
    depth = len(above)
    inside = [leaf for leaf in leaves if leaf.folder[:depth] == above and len(leaf.folder) > depth]
    names = dict.fromkeys(leaf.folder[depth] for leaf in inside)
    return [_range(source, [leaf for leaf in inside if leaf.folder[depth] == name], (*above, name)) for name in names]


def _range(source: str, leaves: Sequence[Leaf], folder: tuple[str, ...]) -> JSON:
    """`leaves` are those in the folder and below it. It is called like the first of them, which no other range of
    that depth is."""
    own = [{"id": _canvas_id(source, leaf), "type": "Canvas"} for leaf in leaves if leaf.folder == folder]
    return {
        "id": f"{LOCAL}3/{source}/range/{len(folder)}-{leaves[0].name}",
        "type": "Range",
        "label": {"none": [folder[-1]]},
        "items": [*own, *_ranges(source, leaves, folder)],
    }
