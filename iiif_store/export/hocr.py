"""hOCR 1.2: one HTML file with a div for each canvas (kba.github.io/hocr-spec/1.2)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ml_backends.types import Box, Polygon

from ..geometry import bounds
from ..item import Item
from .markup import Element, child, fill, legal
from .pixels import placed
from .published import CanvasAnnotations, Options, Published

CAPABILITIES = "ocr_page ocr_line ocr_image"


def document(book: Published, options: Options) -> Iterator[bytes]:
    """Text as lines, what has a label and a region as images; confidence in `x_wconf`, percent. Where an annotation
    comes from stands in data attributes. What is about the whole canvas and no text has no place."""
    head = etree.Element("head")
    child(head, "meta", charset="utf-8")
    child(head, "title", book.title)
    child(head, "meta", name="ocr-system", content=book.software)
    child(head, "meta", name="ocr-capabilities", content=CAPABILITIES)
    child(head, "link", rel="canonical", href=book.manifest)
    yield b"<!DOCTYPE html>\n<html>\n" + _html(head) + b"\n<body>\n"
    for page in book.pages():
        yield _html(_page(page)) + b"\n"
    yield b"</body>\n</html>\n"


def _page(page: CanvasAnnotations) -> Element:
    width, height = page.size or (0, 0)
    properties = f'image "{_quoted(page.image)}"; bbox 0 0 {width} {height}; ppageno {page.number - 1}'
    sheet = etree.Element("div")
    about = {"class": "ocr_page", "id": f"page_{page.number}", "title": properties}
    fill(sheet, None, about | {"data-canvas": page.canvas.id, "data-label": page.canvas.label})
    for n, item in enumerate(page.items()):
        if item.is_text or item.finding.region:
            _part(sheet, f"p{page.number}_{n}", item, page)
    return sheet


def _part(sheet: Element, name: str, item: Item, page: CanvasAnnotations) -> None:
    finding = item.finding
    part = child(sheet, "span" if item.is_text else "div", finding.text)
    fill(part, None, {"class": "ocr_line" if item.is_text else "ocr_image", "id": name})
    fill(part, None, {"title": _properties(item, page), "lang": finding.language})
    told = {"label": finding.label, "concept": finding.concept, "motivation": finding.motivation, "layer": item.layer}
    told |= {"annotation": item.id, "model": item.maker, "by": item.by, "created": item.created, "run": item.run}
    fill(part, None, {f"data-{key}": value for key, value in told.items()})


def _properties(item: Item, page: CanvasAnnotations) -> str:
    score, (width, height) = item.finding.score, page.size or (0, 0)
    region = placed(item.finding.region or Box(0, 0, width, height), (width, height))
    box = bounds(region)
    corners = (box.x, box.y, box.x + box.width, box.y + box.height)
    parts = ["bbox " + " ".join(f"{number:.0f}" for number in corners)]
    if isinstance(region, Polygon):
        parts.append("poly " + " ".join(f"{number:.0f}" for point in region.points for number in point))
    return "; ".join([*parts, *([] if score is None else [f"x_wconf {score * 100:.4g}"])])


def _quoted(text: str) -> str:
    return legal(text).replace('"', "%22")


def _html(element: Element) -> bytes:
    return etree.tostring(element, method="html", encoding="utf-8")
