"""Everything enriched, as IIIF Collections for harvesters and as a sitemap for search engines."""

from __future__ import annotations

from xml.sax.saxutils import escape

import orjson
from flask import Blueprint, Response

from iiif_store.errors import NotFound
from iiif_store.links import Version
from iiif_store.search.declared import with_search
from iiif_store.shape import JSON
from iiif_store.source import Source
from iiif_store.vocabulary import PRESENTATION_2, PRESENTATION_3
from server import respond
from server.catalogue import Catalogue, Shelf
from server.context import links, services

door = Blueprint("catalogue", __name__)

TITLE = "Books with machine-made annotations"
SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"


@door.get("/iiif/<version:version>/collection")
def everything(version: Version) -> Response:
    """All that is not in one of the collections listed."""
    return _collection(_shelf(""), version)


@door.get("/iiif/<version:version>/collection/<prefix:prefix>")
def part(version: Version, prefix: str) -> Response:
    """The part of it whose ids begin so, where there is too much for one document."""
    return _collection(_shelf(prefix), version)


@door.get("/sitemap.xml")
def sitemap() -> Response:
    """The pages that show a book; or the parts of this map."""
    return _sitemap(_shelf(""))


@door.get("/sitemap-<prefix:prefix>.xml")
def part_of_sitemap(prefix: str) -> Response:
    """One part of it."""
    return _sitemap(_shelf(prefix))


@door.get("/robots.txt")
def robots() -> Response:
    """Where the map is; machines that only want to read documents need not make models run."""
    text = f"User-agent: *\nDisallow: /admin/\nDisallow: /open\nSitemap: {links().home()}sitemap.xml\n"
    return Response(text, content_type="text/plain; charset=utf-8")


def _shelf(prefix: str) -> Shelf:
    found = Catalogue(services().store).shelf(prefix)
    if prefix and not found.sources and not found.shelves:
        raise NotFound(
            f"Nothing here has an id that begins with {prefix!r}; {links().collections()} lists what there is."
        )
    return found


def _collection(shelf: Shelf, version: Version) -> Response:
    catalogue = Catalogue(services().store)
    members = [_entry(source, version) for source in shelf.sources if not catalogue.is_nested(source)]
    members += [_reference(prefix, version) for prefix in shelf.shelves]
    uri, label = links().collections(version, shelf.prefix), _label(shelf.prefix)
    if version == "3":
        names = {"id": uri, "type": "Collection", "label": {"en": [label]}}
        above: JSON = {"partOf": [_top(version)]} if shelf.prefix else {}
        document: JSON = {"@context": PRESENTATION_3, **names, **above, "items": members}
    else:
        above = {"within": links().collections(version)} if shelf.prefix else {}
        names = {"@id": uri, "@type": "sc:Collection", "label": label}
        document = {"@context": PRESENTATION_2, **names, **above, "members": members}
    if not shelf.prefix:
        document = with_search(document, None, links=links(), version=version, first=True)
    return respond.presentation(orjson.dumps(document), version, keep=None)


def _label(prefix: str) -> str:
    return f"{TITLE}, {prefix}…" if prefix else TITLE


def _top(version: Version) -> JSON:
    return {"id": links().collections(version), "type": "Collection", "label": {"en": [TITLE]}}


def _reference(prefix: str, version: Version) -> JSON:
    return _member(links().collections(version, prefix), "Collection", {"en": [_label(prefix)]}, version)


def _entry(source: Source, version: Version) -> JSON:
    mint = links().collection if source.kind == "collection" else links().manifest
    kind = "Collection" if source.kind == "collection" else "Manifest"
    return _member(mint(source.id, version), kind, {"none": [source.label or source.url]}, version)


def _member(uri: str, kind: str, label: dict[str, list[str]], version: Version) -> JSON:
    if version == "3":
        return {"id": uri, "type": kind, "label": label}
    return {"@id": uri, "@type": f"sc:{kind}", "label": next(iter(label.values()))[0]}


def _sitemap(shelf: Shelf) -> Response:
    home = links().home()
    rows = [_url("url", links().view(source.id), source.fetched) for source in shelf.sources]
    rows += [_url("sitemap", f"{home}sitemap-{prefix}.xml") for prefix in shelf.shelves]
    top = "sitemapindex" if shelf.shelves else "urlset"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{top} xmlns="{SITEMAPS}">\n{"".join(rows)}</{top}>\n'
    return Response(text, content_type="application/xml; charset=utf-8")


def _url(name: str, uri: str, changed: str = "") -> str:
    when = f"<lastmod>{escape(changed)}</lastmod>" if changed else ""
    return f"<{name}><loc>{escape(uri)}</loc>{when}</{name}>\n"
