"""A canvas of a static site."""

from __future__ import annotations

from ..canvas import Canvas
from ..painting import painted
from ..shape import JSON


def painted_from_files(item: JSON, canvas: Canvas, uri: str) -> JSON:
    """The canvas `item` with its picture from an image of level 0 (Image API 3.0) at `uri`, which is made of files."""
    view = painted(item)
    body = {
        "id": f"{uri}/full/max/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": view.images[0].width or view.width,
        "height": view.images[0].height or view.height,
        "service": [{"id": uri, "type": "ImageService3", "profile": "level0"}],
    }
    painting = {"id": f"{uri}#painting", "type": "Annotation", "motivation": "painting", "body": body}
    page = {"id": f"{uri}#page", "type": "AnnotationPage", "items": [painting | {"target": canvas.id}]}
    return {name: value for name, value in item.items() if name != "thumbnail"} | {"items": [page]}
