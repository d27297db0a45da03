"""TEI P5: a facsimile with a surface for each canvas and a zone for each region, and the text that was read, line by
line, pointing at its zones (TEI Guidelines, chapter 12)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from ml_backends.types import Polygon

from ..geometry import bounds
from ..item import Item
from .markup import Element, child, fill, language
from .pixels import placed
from .published import CanvasAnnotations, Options, Published

NAMESPACE = "http://www.tei-c.org/ns/1.0"
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<TEI xmlns="%s">\n' % NAMESPACE.encode()
_DECLARED = re.compile(rb' xmlns="[^"]*"')


def document(book: Published, options: Options) -> Iterator[bytes]:
    """Three walks: who said what, where, and the text. The confidence of a zone is its `cert`, its maker its `resp`."""
    makers = {item.maker: item.by for page in book for item in page.items() if item.maker}
    yield _HEAD + _xml(_header(book, makers)) + b"<facsimile>\n"
    pointers = {name: f"#maker{number}" for number, name in enumerate(makers)}
    for page in book.pages():
        yield _xml(_surface(page, pointers))
    yield b"</facsimile>\n<text><body><ab>\n"
    for page in book.pages():
        yield from _text(page)
    yield b"</ab></body></text>\n</TEI>\n"


def _header(book: Published, makers: Mapping[str, str]) -> Element:
    header = etree.Element(f"{{{NAMESPACE}}}teiHeader", nsmap={None: NAMESPACE})
    file = child(header, "fileDesc")
    titles = child(file, "titleStmt")
    child(titles, "title", book.title or book.manifest)
    for number, (name, by) in enumerate(makers.items()):
        statement = child(titles, "respStmt", xml_id=f"maker{number}")
        child(statement, "resp", "machine-made annotations" if by == "Software" else "annotations")
        child(statement, "name", name)
    publication = child(file, "publicationStmt")
    child(child(publication, "p"), "ref", book.software, target=book.links.manifest(book.source))
    source = child(file, "sourceDesc")
    child(child(source, "p"), "ref", book.title or book.manifest, target=book.manifest)
    return header


def _surface(page: CanvasAnnotations, makers: Mapping[str, str]) -> Element:
    width, height = page.size or (0, 0)
    surface = etree.Element(f"{{{NAMESPACE}}}surface", nsmap={None: NAMESPACE})
    fill(surface, None, {"xml_id": f"page{page.number}", "n": " ".join(page.canvas.label.split())})
    fill(surface, None, {"ulx": "0", "uly": "0", "lrx": width, "lry": height, "sameAs": _uri(page.canvas.id)})
    if page.image:
        child(surface, "graphic", url=_uri(page.image), width=f"{width}px", height=f"{height}px")
    for n, item in enumerate(page.items()):
        if item.finding.region:
            _zone(surface, f"page{page.number}zone{n}", item, page, makers)
    return surface


def _zone(surface: Element, name: str, item: Item, page: CanvasAnnotations, makers: Mapping[str, str]) -> None:
    finding = item.finding
    if finding.region is None or page.size is None:
        return
    region = placed(finding.region, page.size)
    kind = "line" if item.is_text else _word(finding.label or finding.motivation)
    zone = child(surface, "zone", xml_id=name, type=kind, resp=makers.get(item.maker))
    if isinstance(region, Polygon):
        fill(zone, None, {"points": " ".join(f"{x:.0f},{y:.0f}" for x, y in region.points)})
    else:
        box = bounds(region)
        corners = (box.x, box.y, box.x + box.width, box.y + box.height)
        values = zip(("ulx", "uly", "lrx", "lry"), corners, strict=True)
        fill(zone, None, {key: f"{value:.0f}" for key, value in values})
    fill(zone, None, {"cert": None if finding.score is None else f"{finding.score:g}"})
    fill(zone, None, {"source": _uri(item.id), "ana": _uri(finding.concept or "")})


def _text(page: CanvasAnnotations) -> Iterator[bytes]:
    yield f'<pb facs="#page{page.number}"/>\n'.encode()
    for n, item in enumerate(page.items()):
        if not item.is_text:
            continue
        line = etree.Element(f"{{{NAMESPACE}}}seg", nsmap={None: NAMESPACE})
        zone = f"#page{page.number}zone{n}" if item.finding.region else f"#page{page.number}"
        fill(line, item.finding.text, {"xml_lang": language(item.finding.language)})
        yield f'<lb facs="{zone}"/>'.encode() + _xml(line)


def _word(label: str) -> str:
    """A label as TEI's data type for a class wants it: one word."""
    return re.sub(r"[^\w.-]+", "_", label) or "region"


def _uri(uri: str) -> str:
    """A URI without spaces, which would make two of it."""
    return "%20".join(uri.split())


def _xml(element: Element) -> bytes:
    """Without the namespace, which the root declares."""
    return _DECLARED.sub(b"", etree.tostring(element, encoding="utf-8", xml_declaration=False), count=1) + b"\n"
