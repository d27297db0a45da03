"""A thin door for annotation editors that speak Annotot (mirador-annotations and its relatives), over the same store.

GET ?uri=<canvas> gives a page, POST {"annotation": {"canvas", "data", "uuid"}}, PATCH and DELETE at /<id>. `data` is a
Web Annotation, as JSON or as text that is JSON. The last writer wins: Annotot knows no states.
"""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, MethodNotAllowed

from iiif_store.annotation import document_context
from iiif_store.curated import written
from iiif_store.home import stored
from iiif_store.shape import JSON
from iiif_store.source import Source
from iiif_store.stores.annotations import Written
from iiif_store.unusable import Unusable
from iiif_store.vocabulary import MEDIA_FRAGMENTS, WEB_ANNOTATION
from server import respond
from server.context import links, services
from server.curated import MACHINE
from server.web.opening import opened
from server.web.writing import METHODS, sent, writer

door = Blueprint("annotot", __name__, url_prefix="/annotot")


@door.route("/<key:source>", methods=("GET", "HEAD", "POST"))
def canvas(source: str) -> Response:
    """The annotations of a canvas, or a new one."""
    if request.method != "POST":
        found = opened(source).source
        return _page(found, request.args.get("uri", ""))
    by, found = writer(), opened(source).source
    body = sent()
    services().curated.add(found, _data(body), slug="", writer=by, links=links())
    asked = body["annotation"].get("canvas")
    return _page(found, asked if isinstance(asked, str) else "")


@door.route("/<key:source>/<path:name>", methods=METHODS, merge_slashes=False)
def annotation(source: str, name: str) -> Response:
    """Change or remove one, by its id, which editors send whole."""
    if request.method not in ("PATCH", "PUT", "DELETE"):
        raise MethodNotAllowed(["PATCH", "PUT", "DELETE"])
    writer()
    found, curated = opened(source).source, services().curated
    short = name.rpartition("/")[2]
    if MACHINE.fullmatch(short):
        raise MethodNotAllowed(["GET"], "What a model found stays as it is; write an annotation of your own about it.")
    before = curated.find(found, short)
    if request.method == "DELETE":
        curated.remove(found, short, expected=None)
        return respond.nothing()
    document = _data(sent()) | {"id": links().written(found.id, before.id)}
    for kept in ("created", "modified", "via", "canonical"):
        document.pop(kept, None)
    changed = curated.replace(found, short, document, expected=None, links=links())
    return respond.annotation(orjson.dumps(_editable(changed)))


def _data(body: Any) -> JSON:
    """The annotation within the envelope, with a context if it has none; raises Unusable, BadRequest."""
    inner = body.get("annotation") if isinstance(body, dict) else None
    data = inner.get("data") if isinstance(inner, dict) else None
    if isinstance(data, str):
        try:
            data = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"annotation.data is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise Unusable('send {"annotation": {"canvas": ..., "data": a Web Annotation}}', "$.annotation.data")
    return {"@context": WEB_ANNOTATION} | data


def _page(source: Source, uri: str) -> Response:
    iri = stored(uri, links())
    manifest = services().sources.manifest(source)
    key = next((canvas.key for canvas in manifest.canvases if canvas.id == iri), "")
    notes = services().curated.on(source, key)
    document = {
        "@context": document_context(links(), granular=False),
        "id": f"{links().annotot(source.id)}?uri={uri}",
        "type": "AnnotationPage",
        "items": [_editable(note) for note in notes],
    }
    return respond.annotation(orjson.dumps(document))


def _editable(note: Written) -> JSON:
    """With boxes as selectors, which is where editors look for them."""
    told = written(note, links())
    target = told["target"]
    if not isinstance(target, str) or "#xywh=" not in target:
        return told
    source, _, box = target.rpartition("#")
    selector = {"type": "FragmentSelector", "conformsTo": MEDIA_FRAGMENTS, "value": box}
    return told | {"target": {"type": "SpecificResource", "source": source, "selector": [selector]}}
