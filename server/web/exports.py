"""Everything of a source out and in at once: exports in every format, bulk verbs over annotations, and imports."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from itertools import chain

import orjson
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from iiif_store.export.formats import FORMATS, Format, format_of
from iiif_store.export.published import Options, Published
from iiif_store.fetch.pictures import Pictures
from iiif_store.imports.sheets import File
from iiif_store.source import Source
from server import respond
from server.context import doors, links, services
from server.errors import BadInput
from server.findings import Part
from server.removing import Removing
from server.web.api import live
from server.web.guards import writers_only
from server.web.requests import AnnotationsRequest, ExportRequest, ImportRequest, LayersRequest, PartRequest, parameters

door = Blueprint("exports", __name__, url_prefix="/api/sources")
door.before_request(writers_only)

SMALLEST = 2**16
"""Bytes of a piece that is sent: fewer would make a system call for each annotation."""


@door.get("/<key:source>/annotations")
def everything(source: str) -> ResponseReturnValue:
    """Download all annotations of a manifest that are computed or written, as one JSON-LD document, in canvas order."""
    sent = parameters(request.args.to_dict(), AnnotationsRequest)
    found, part = live(source), sent.part()
    if sent.count:
        return _counted(found, part)
    book = services().findings.published(found, links(), part)
    form = FORMATS["w3c"]
    if sent.fields == "id":
        return _streamed(_ids(book), "application/json", _tag("ids", found, part))
    return _download(found, form, form.stream(book, Options()), _tag("w3c", found, part), "annotations.jsonld")


@door.get("/<key:source>/annotations/count")
def count(source: str) -> ResponseReturnValue:
    """Count the annotations of a manifest, layer by layer."""
    return _counted(live(source), parameters(request.args.to_dict(), PartRequest).part())


@door.delete("/<key:source>/annotations")
def remove(source: str) -> ResponseReturnValue:
    """Delete what people wrote and what was imported, or some layers; the answer counts what was deleted."""
    sent = parameters(request.args.to_dict(), LayersRequest)
    removed = _removing().annotations(live(source), sent.layers(), links())
    return respond.data({"deleted": sum(removed.values()), "layers": removed})


@door.delete("/<key:source>/layers/<layer:layer>")
def remove_layer(source: str, layer: str) -> ResponseReturnValue:
    """Delete a layer: `curated` with all that people wrote; a model's is unpublished, and can be added again."""
    removed = _removing().annotations(live(source), (layer,), links())
    return respond.data({"deleted": sum(removed.values()), "layers": removed})


@door.get("/<key:source>/export")
def formats(source: str) -> ResponseReturnValue:
    """List the formats that a source can be exported in."""
    base = f"{links().base}/api/sources/{live(source).id}/export"
    rows = [
        {"name": name, "title": form.title, "media_type": form.media, "url": f"{base}/{name}"}
        for name, form in FORMATS.items()
    ]
    return respond.data({"items": rows})


@door.get("/<key:source>/export/<name:form>")
def export(source: str, form: str) -> ResponseReturnValue:
    """Export a source, or some of its layers and canvases. Formats with pictures fetch them and need a token."""
    chosen, found = format_of(form), live(source)
    sent = parameters(request.args.to_dict(), ExportRequest)
    seat: AbstractContextManager[None] = nullcontext()
    if chosen.pictures:
        doors().rights.demand(request)
        seat = doors().limits.waiting()
    part = sent.part()
    book = services().findings.published(found, links(), part)
    options = Options(size=sent.size, pictures=_pictures() if chosen.pictures else None, crate=sent.crate)
    tag = _tag(f"{form} {sent.size} {sent.crate}", found, part)
    stream = _seated(seat, chosen.stream(book, options))
    return _download(found, chosen, stream, f"W/{tag}" if chosen.pictures else tag, chosen.suffix)


@door.post("/<key:source>/import")
def bring(source: str) -> ResponseReturnValue:
    """Import annotations from files: a form with files, or one file as the body. Again: nothing is doubled."""
    request.max_content_length = services().settings.max_document
    sent = parameters(request.args.to_dict(), ImportRequest)
    found, writer = live(source), doors().rights.demand(request)
    files = _files(sent.name)
    with doors().limits.waiting():
        outcome = services().imports.bring(
            found, files, kind=sent.format, name=sent.layer, writer=writer, links=links()
        )
    return respond.data(asdict(outcome))


def _files(name: str) -> list[File]:
    """The files of a form, or the body; raises BadInput."""
    if request.mimetype == "multipart/form-data":
        found = [(file.filename or name, file.read()) for part in request.files.listvalues() for file in part]
    else:
        found = [(name, request.get_data(cache=False))]
    files = [File(title, body) for title, body in found if body]
    if not files:
        raise BadInput("No file was sent. Send one as the body, or several as a form (multipart/form-data).")
    return files


def _counted(source: Source, part: Part) -> Response:
    layers: dict[str, int] = {}
    for page in services().findings.published(source, links(), part):
        for layer, _ in page.annotations():
            layers[layer] = layers.get(layer, 0) + 1
    return respond.data({"total": sum(layers.values()), "layers": layers})


def _ids(book: Published) -> Iterator[bytes]:
    yield b'{"items":['
    total = 0
    for page in book:
        for _, found in page.annotations():
            yield (b"," if total else b"") + orjson.dumps(found["id"])
            total += 1
    yield b'],"total":%d}' % total


def _tag(what: str, source: Source, part: Part) -> str:
    """The ETag of something that is made of what is published of a source."""
    state = services().findings.state(source, links(), part)
    return f'"{hashlib.sha256(f"{what} {state}".encode()).hexdigest()[:32]}"'


def _download(source: Source, form: Format, body: Iterable[bytes], tag: str, suffix: str) -> Response:
    answer = _streamed(body, form.media, tag, zipped=not form.is_folder and form.suffix != "parquet")
    name = f"{source.id}-annotations.jsonld" if suffix == "annotations.jsonld" else f"{source.id}.{suffix}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _streamed(body: Iterable[bytes], media: str, tag: str, *, zipped: bool = True) -> Response:
    """Sent while it is made. What goes wrong before the first piece is told as an error."""
    squeezed = zipped and request.accept_encodings.quality("gzip") > 0
    etag = f'{tag[:-1]}-gzip"' if squeezed else tag
    headers = [("ETag", etag), ("Cache-Control", "no-cache"), ("Vary", "Accept-Encoding")]
    if request.if_none_match.contains_weak(etag.removeprefix("W/").strip('"')):
        return Response(status=304, headers=headers)
    headers += [("Content-Encoding", "gzip")] if squeezed else []
    if request.method == "HEAD":
        return Response(b"", 200, headers, content_type=media)
    pieces = _pieces(_gzipped(body) if squeezed else body)
    first = next(pieces, b"")
    return Response(chain([first], pieces), 200, headers, content_type=media)


def _pieces(body: Iterable[bytes]) -> Iterator[bytes]:
    """The same in pieces of a size that is worth sending."""
    waiting: list[bytes] = []
    size = 0
    for piece in body:
        waiting.append(piece)
        size += len(piece)
        if size >= SMALLEST:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _gzipped(body: Iterable[bytes]) -> Iterator[bytes]:
    squeeze = zlib.compressobj(6, zlib.DEFLATED, 31)
    for piece in body:
        yield squeeze.compress(piece)
    yield squeeze.flush()


def _seated(seat: AbstractContextManager[None], body: Iterable[bytes]) -> Iterator[bytes]:
    """One of the threads that may wait, for as long as pictures are fetched."""
    with seat:
        yield from body


def _pictures() -> Pictures:
    built = services()
    return Pictures(built.remote, local=built.local.path, max_bytes=built.settings.max_picture)


def _removing() -> Removing:
    built = services()
    return Removing(built.store, built.sources, built.curated, built.findings)
