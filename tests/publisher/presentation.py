"""Manifests and collections made on the fly, in Presentation 2.1 and 3.0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import image_api
from .shelf import Page, Shelf

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a manifest is to look."""

    service: str
    images: str = ""
    """Fault of the images, or ""."""
    canvas: float = 1.0
    """Canvas units for a pixel."""


def manifest(shelf: Shelf, book: str, version: str, root: str, uri: str, wishes: Wishes) -> JSON | None:
    """`root` is our base URL with the faults asked for; None if the book's name ends in no number after a dash."""
    _, dash, count = book.partition("-")
    if dash and not count.isdigit():
        return None
    names = shelf.names(int(count) if dash else None)
    pages = [(name, page) for name in names if (page := shelf.page(name))]
    base = f"{root}/iiif/{version}/{book}"
    make = _canvas3 if version == "3" else _canvas2
    canvases = [make(f"{base}/canvas/{n}", n, name, page, root, wishes) for n, (name, page) in enumerate(pages, 1)]
    if version == "3":
        context = "http://iiif.io/api/presentation/3/context.json"
        return {"@context": context, "id": uri, "type": "Manifest", "label": {"en": [book]}, "items": canvases}
    sequence = {"@id": f"{base}/sequence/normal", "@type": "sc:Sequence", "canvases": canvases}
    context = "http://iiif.io/api/presentation/2/context.json"
    return {"@context": context, "@id": uri, "@type": "sc:Manifest", "label": book, "sequences": [sequence]}


def collection(books: list[str], version: str, root: str, uri: str) -> JSON:
    """A collection of the manifests named."""
    members = [(f"{root}/iiif/{version}/{book}/manifest", book) for book in books]
    if version == "3":
        items = [{"id": url, "type": "Manifest", "label": {"en": [book]}} for url, book in members]
        context = "http://iiif.io/api/presentation/3/context.json"
        return {"@context": context, "id": uri, "type": "Collection", "label": {"en": ["Books"]}, "items": items}
    manifests = [{"@id": url, "@type": "sc:Manifest", "label": book} for url, book in members]
    context = "http://iiif.io/api/presentation/2/context.json"
    return {"@context": context, "@id": uri, "@type": "sc:Collection", "label": "Books", "manifests": manifests}


def _canvas3(uri: str, n: int, name: str, page: Page, root: str, wishes: Wishes) -> JSON:
    size = {"width": round(page.width * wishes.canvas), "height": round(page.height * wishes.canvas)}
    body: JSON = {"type": "Image", "format": "image/jpeg", "width": page.width, "height": page.height}
    body |= _image(name, root, wishes, "id")
    painting = {"id": f"{uri}/painting", "type": "Annotation", "motivation": "painting", "body": body, "target": uri}
    items = [{"id": f"{uri}/page", "type": "AnnotationPage", "items": [painting]}]
    return {"id": uri, "type": "Canvas", "label": {"none": [f"p. {n}"]}, **size, "items": items}


def _canvas2(uri: str, n: int, name: str, page: Page, root: str, wishes: Wishes) -> JSON:
    size = {"width": round(page.width * wishes.canvas), "height": round(page.height * wishes.canvas)}
    resource: JSON = {"@type": "dctypes:Image", "format": "image/jpeg", "width": page.width, "height": page.height}
    resource |= _image(name, root, wishes, "@id")
    image = {
        "@id": f"{uri}/image",
        "@type": "oa:Annotation",
        "motivation": "sc:painting",
        "resource": resource,
        "on": uri,
    }
    return {"@id": uri, "@type": "sc:Canvas", "label": f"p. {n}", **size, "images": [image]}


def _image(name: str, root: str, wishes: Wishes, key: str) -> JSON:
    base = f"{root}/{wishes.images}" if wishes.images else root
    if wishes.service == "plain":
        return {key: f"{base}/plain/{name}.jpg"}
    uri = f"{base}/image/{wishes.service}/{name}"
    version = image_api.version(wishes.service)
    whole = f"{uri}/full/{'max' if version == '3' else 'full'}/0/{'native' if version == '1' else 'default'}.jpg"
    return {key: whole, "service": _service(uri, wishes.service)}


def _service(uri: str, service: str) -> JSON | list[JSON]:
    version = image_api.version(service)
    level = f"level{0 if service.startswith(('level0', 'tiles')) else 2}"
    if version == "3":
        return [{"id": uri, "type": "ImageService3", "profile": level}]
    if version == "2":
        context = "http://iiif.io/api/image/2/context.json"
        return {"@context": context, "@id": uri, "profile": f"http://iiif.io/api/image/2/{level}.json"}
    context = "http://library.stanford.edu/iiif/image-api/1.1/context.json"
    return {"@context": context, "@id": uri, "profile": f"{context[:-12]}compliance.html#level2"}
