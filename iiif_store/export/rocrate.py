"""RO-Crate (1.1 or 1.2): the annotations of a source with all that says where they come from, as one zip that says of
each file what it is (w3id.org/ro/crate, and Process Run Crate 0.5 for the runs)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from ..annotation import PageView
from ..curated import LAYER
from ..jsonld import context_document
from ..provenance import agent, record
from ..shape import JSON
from . import table, web_annotation
from .archive import Entry, text
from .published import CanvasAnnotations, Options, Published

METADATA = "ro-crate-metadata.json"
PROCESS = "https://w3id.org/ro/wfrun/process/0.5"
_UNKNOWN = "#licence"


@dataclass(slots=True)
class _Layer:
    """What one walk finds out of a layer: which model made it, and when."""

    view: PageView | None
    started: str = ""
    ended: str = ""
    cards: dict[str, bytes] = field(default_factory=dict)

    def see(self, view: PageView) -> None:
        times = (view.reading.started, view.reading.ended)
        self.started = min(filter(None, (self.started, *times)), default="")
        self.ended = max(self.ended, *times)


def folder(book: Published, options: Options) -> Iterator[Entry]:
    """annotations/, runs/ and models/ for each layer, the manifest as delivered, the table, our context, and the
    metadata that name all of them."""
    layers = _layers(book)
    yield Entry("manifest/source.json", book.original)
    yield text("context.json", orjson.dumps(context_document(book.links)).decode())
    yield Entry("findings.csv", lambda: table.lines(book, options))
    for name, layer in layers.items():
        yield Entry(f"annotations/{name}.jsonld", web_annotation.document(_only(book, name), options).__iter__)
        if layer.view:
            yield Entry(f"runs/{name}.jsonl", _runs(book, name).__iter__)
            for file, body in _model(layer, book).items():
                yield Entry(file, lambda body=body: body)  # type: ignore[misc]
    described = _described(book, layers, options.crate)
    yield Entry(METADATA, lambda: orjson.dumps(described, option=orjson.OPT_INDENT_2))


def _layers(book: Published) -> dict[str, _Layer]:
    found: dict[str, _Layer] = {}
    for page in book:
        for view in page.views:
            layer = found.setdefault(view.layer.name, _Layer(view))
            layer.see(view)
        if page.notes:
            found.setdefault(LAYER, _Layer(None))
    for layer in found.values():
        if layer.view:
            layer.cards = dict(book.cards(layer.view))
    return found


def _only(book: Published, name: str) -> Published:
    """The same with one layer."""

    def walk() -> Iterator[CanvasAnnotations]:
        for page in book:
            views = tuple(view for view in page.views if view.layer.name == name)
            yield replace(page, views=views, notes=page.notes if name == LAYER else ())

    return replace(book, walk=walk, loose=book.loose if name == LAYER else lambda: iter(()))


def _runs(book: Published, name: str) -> Iterator[bytes]:
    for page in _only(book, name):
        for view in page.views:
            yield orjson.dumps(record(view.reading, book.links)) + b"\n"


def _model(layer: _Layer, book: Published) -> dict[str, bytes]:
    """The agent of a layer, and its card where there is one, by file name."""
    if layer.view is None:
        return {}
    told = orjson.dumps(agent(layer.view.info, book.links), option=orjson.OPT_INDENT_2)
    return {f"{_folder(layer.view)}/agent.json": told} | {
        f"{_folder(layer.view)}/{name}": body for name, body in layer.cards.items()
    }


def _folder(view: PageView) -> str:
    return f"models/{view.info.name}-{view.info.version}"


def _described(book: Published, layers: dict[str, _Layer], version: str) -> JSON:
    files = [
        _file("manifest/source.json", "application/json", "The manifest as its publisher delivered it", book.manifest),
        _file("context.json", "application/ld+json", "Our terms in the annotations"),
        _file("findings.csv", "text/csv", "One row for each annotation"),
    ]
    actions: list[JSON] = []
    for name, layer in layers.items():
        files.append(_file(f"annotations/{name}.jsonld", "application/ld+json", f"Web Annotations, layer {name}"))
        if layer.view:
            files.append(_file(f"runs/{name}.jsonl", "application/jsonl", f"Run records, layer {name}"))
            files += [_file(file, "application/json", "The model") for file in _model(layer, book)]
            actions += _action(name, layer, layer.view, book)
    graph = [_descriptor(version), _root(book, layers, files, actions), _licence(book), *files, *actions]
    return {"@context": f"https://w3id.org/ro/crate/{version}/context", "@graph": [*graph, _process()]}


def _descriptor(version: str) -> JSON:
    conforms = {"@id": f"https://w3id.org/ro/crate/{version}"}
    return {"@id": METADATA, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": conforms}


def _root(book: Published, layers: dict[str, _Layer], files: list[JSON], actions: list[JSON]) -> JSON:
    published = max((layer.ended for layer in layers.values() if layer.ended), default="1970-01-01T00:00:00Z")
    title = book.title or book.manifest
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Annotations of {title}",
        "description": f"Annotations of {title} ({book.manifest}), by {', '.join(layers) or 'nobody yet'}, "
        f"exported by {book.software}.",
        "datePublished": published,
        "license": {"@id": book.rights or _UNKNOWN},
        "conformsTo": {"@id": PROCESS},
        "isBasedOn": {"@id": "manifest/source.json"},
        "hasPart": [{"@id": file["@id"]} for file in files],
        "mentions": [{"@id": action["@id"]} for action in actions if action["@type"] == "CreateAction"],
    }


def _licence(book: Published) -> JSON:
    if book.rights:
        return {
            "@id": book.rights,
            "@type": "CreativeWork",
            "name": book.rights,
            "description": "As the publisher says",
        }
    told = "The publisher states none; ask the publisher."
    return {"@id": _UNKNOWN, "@type": "CreativeWork", "name": "No licence is stated", "description": told}


def _process() -> JSON:
    return {"@id": PROCESS, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}


def _file(name: str, media: str, told: str, url: str | None = None) -> JSON:
    row: dict[str, Any] = {"@id": name, "@type": "File", "name": told, "encodingFormat": media}
    return row | ({"url": url} if url else {})


def _action(name: str, layer: _Layer, view: PageView, book: Published) -> list[JSON]:
    info = view.info
    model = book.links.model(info.name, info.version)
    software: JSON = {"@id": model, "@type": "SoftwareApplication", "name": view.model, "softwareVersion": info.version}
    software |= {"url": info.homepage or model, "subjectOf": {"@id": f"{_folder(view)}/agent.json"}}
    action = {
        "@id": f"#run-{name}",
        "@type": "CreateAction",
        "name": f"{view.model} reads {book.title or book.manifest}",
        "instrument": {"@id": model},
        "object": {"@id": "manifest/source.json"},
        "result": [{"@id": f"annotations/{name}.jsonld"}, {"@id": f"runs/{name}.jsonl"}],
        "startTime": layer.started,
        "endTime": layer.ended,
    }
    return [software, {key: value for key, value in action.items() if value}]
