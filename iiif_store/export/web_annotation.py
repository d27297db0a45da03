"""Web Annotations (W3C) as they are published: one document, one line each, or one file for each page."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from ..curated import curated_page, written
from ..links import Links
from ..page import annotation_page
from ..shape import JSON
from ..vocabulary import PRESENTATION_3, TEXT_GRANULARITY, WEB_ANNOTATION
from . import archive
from .published import CanvasAnnotations, Options, Published


def document(book: Published, options: Options) -> Iterator[bytes]:
    """One AnnotationCollection with its pages embedded, in canvas order, and after them what people wrote about the
    manifest. Contexts stand once and outermost (Presentation 3, 4.6); `total` comes last, when it is known."""
    head = {
        "@context": contexts(book.links),
        "id": book.links.download(book.source),
        "type": "AnnotationCollection",
        "label": {"none": [book.title]},
        "partOf": [{"id": book.links.manifest(book.source), "type": "Manifest"}],
    }
    yield orjson.dumps(head)[:-1] + b',"items":['
    total, comma = 0, b""
    for page in book:
        for found in pages(page, book):
            total += len(found["items"])
            yield comma + orjson.dumps(found)
            comma = b","
    for note in book.loose():
        total += 1
        yield comma + orjson.dumps(written(note, book.links))
        comma = b","
    yield b'],"total":%d}' % total


def lines(book: Published, options: Options) -> Iterator[bytes]:
    """JSON Lines: each annotation a document of its own, with its context and its layer in `partOf`."""
    context = contexts(book.links)
    for page in book:
        for layer, found in page.annotations():
            part = {"id": book.links.layer(book.source, layer), "type": "AnnotationCollection"}
            yield orjson.dumps({"@context": context, **found, "partOf": [part]}) + b"\n"
    for note in book.loose():
        yield orjson.dumps({"@context": context, **written(note, book.links)}) + b"\n"


def folder(book: Published, options: Options) -> Iterator[archive.Entry]:
    """An AnnotationPage for each canvas and layer."""
    context = {"@context": contexts(book.links)}
    for page in book:
        for found in pages(page, book):
            name = f"{page.stem}-{found['partOf'][0]['id'].rpartition('/')[2]}.json"
            yield archive.text(name, orjson.dumps(context | found, option=orjson.OPT_INDENT_2).decode())


def pages(page: CanvasAnnotations, book: Published) -> Iterator[JSON]:
    """The annotation pages of a canvas, without contexts; of what people wrote only if there is any."""
    found = [curated_page(page.notes, page.canvas, source_id=book.source, links=book.links)] if page.notes else []
    for told in [*found, *map(annotation_page, page.views)]:
        del told["@context"]
        yield told


def contexts(links: Links) -> list[str]:
    """Of every document with annotations, whatever is in it: Web Annotation first, Presentation last."""
    return [WEB_ANNOTATION, TEXT_GRANULARITY, links.context(), PRESENTATION_3]
