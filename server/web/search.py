"""IIIF Content Search, versions 2 and 1: in a source, in a collection, in everything (specs 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from iiif_store.errors import NotFound
from iiif_store.links import SearchVersion
from iiif_store.search import version1, version2
from iiif_store.search.answer import PAGE, Answer, Container, hits_of
from iiif_store.search.entries import PORTABLE
from iiif_store.search.folding import fold
from iiif_store.search.query import LONGEST, parse
from iiif_store.shape import JSON
from iiif_store.source import Source
from server import respond
from server.context import links, services
from server.engine.plan import PolicyForbids
from server.web.opening import opened

door = Blueprint("search", __name__, url_prefix="/iiif/search")

ASKED = ("q", "motivation", "date", "user")
COMPLETED = ("q", "min")


@door.get("/<search:version>")
@door.get("/<search:version>/<key:source>")
def search(version: SearchVersion, source: str | None = None) -> Response:
    """What has all words and phrases of `q`, by `motivation`, `date` and `user`; 50 matches on a page."""
    row = _searched(source) if source else None
    asked = _given(ASKED)
    query = parse(asked, links().base)
    number = number_of("page", 1)
    index = services().store.search
    scope = services().search.scope(row) if row else None
    found = index.find(query, scope, (number - 1) * PAGE, PAGE)
    answer = Answer(
        service=links().search(source, version),
        asked=asked,
        ignored=_others((*ASKED, "page")),
        page=number,
        found=found,
        hits=hits_of(query, found),
        container=None if row and row.kind == "manifest" else _containers(version),
    )
    if number > answer.last:
        raise NotFound(f"There is no page {number} of this answer; the last one is {answer.page_uri(answer.last)}")
    document = version2.annotation_page(answer, links()) if version == "2" else version1.annotation_list(answer)
    return respond.search(_published(document), version)


@door.get("/<search:version>/autocomplete")
@door.get("/<search:version>/<key:source>/autocomplete")
def autocomplete(version: SearchVersion, source: str | None = None) -> Response:
    """Words that begin with `q`, with the number of annotations that have them; `min`: at least so many."""
    row = _searched(source) if source else None
    asked = _given(COMPLETED)
    if len(asked.get("q", "")) > LONGEST:
        raise BadRequest(f"q has more than {LONGEST} characters.")
    begun, minimum = fold(asked.get("q", "")), number_of("min", 1)
    scope = services().search.scope(row) if row else None
    terms = services().store.search.terms(begun[0], scope, minimum=minimum) if len(begun) == 1 else []
    write = version2.term_page if version == "2" else version1.term_list
    found = [(term.value, term.total) for term in terms]
    ours = links().autocomplete(source, version), links().search(source, version)
    return respond.search(orjson.dumps(write(ours[0], asked, _others(COMPLETED), found, ours[1])), version)


def _searched(source: str) -> Source:
    """Raises PolicyForbids for one that machines may not read: nothing of it is in the index."""
    row = opened(source).source
    if row.effective_policy == "off":
        why = row.refusal or "its operator has switched reading off"
        raise PolicyForbids(f"Source {source} cannot be searched: {why}.")
    return row


def _given(names: Iterable[str]) -> dict[str, str]:
    return {name: request.args[name] for name in names if request.args.get(name)}


def _others(names: Iterable[str]) -> list[str]:
    """Parameters that count for nothing here, which an answer must name."""
    return sorted(name[:100] for name in request.args.keys() - set(names))


def number_of(name: str, default: int) -> int:
    text = request.args.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text[:10]) < 10**7):
        raise BadRequest(f"{name}: {text[:100]!r} is no number from 1.")
    return int(text)


def _containers(version: SearchVersion) -> Container:
    """From a source to its manifest at our address, each looked up once."""
    minted, known = links(), dict[str, JSON]()

    def container(source: str) -> JSON:
        if source not in known:
            row = services().store.get_source(source)
            label = (row.label or row.url) if row else source
            if version == "2":
                known[source] = {"id": minted.manifest(source), "type": "Manifest", "label": {"none": [label]}}
            else:
                known[source] = {"@id": minted.manifest(source, "2"), "@type": "sc:Manifest", "label": label}
        return known[source]

    return container


def _published(document: Mapping[str, object]) -> bytes:
    """As bytes, with our URLs under the base that this client sees."""
    return orjson.dumps(document).replace(f'"{PORTABLE}/'.encode(), f'"{links().base}/'.encode())
