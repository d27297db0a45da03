"""ALTO 4.4, one file for each canvas (loc.gov/standards/alto)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ml_backends.types import Box, Polygon

from ..geometry import bounds
from ..item import Item
from .archive import Entry
from .markup import Element, child, fill, language, legal, written
from .pixels import placed
from .published import CanvasAnnotations, Options, Published

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = f"{NAMESPACE} http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"


def folder(book: Published, options: Options) -> Iterator[Entry]:
    """Also of canvases without text, so that there is a file for each page."""
    for page in book.pages():
        body = document(page, book)
        yield Entry(f"{page.stem}.xml", lambda body=body: body)  # type: ignore[misc]


def document(page: CanvasAnnotations, book: Published) -> bytes:
    """Text is lines of one block for each layer, split into strings at spaces; their places are not known, so none are
    told. The confidence of a line is that of each of its strings. What has a label and a region is an Illustration with
    a tag: the label, its concept, and the confidence, for which ALTO has no other place. What is about the whole
    canvas and no text has no place at all."""
    root = etree.Element(f"{{{NAMESPACE}}}alto", nsmap={None: NAMESPACE})
    fill(root, None, {_SCHEMA_LOCATION: SCHEMA, "SCHEMAVERSION": "4.4"})
    items = list(page.items())
    _description(root, page, book, items)
    shown = [item for item in items if item.finding.region and not item.is_text]
    if shown:
        tags = child(root, "Tags")
        for n, item in enumerate(shown):
            _tag(tags, n, item)
    width, height = page.size or (0, 0)
    layout = child(root, "Layout")
    sheet = child(layout, "Page", ID="page", PHYSICAL_IMG_NR=page.number, WIDTH=width, HEIGHT=height)
    fill(sheet, None, {"PRINTED_IMG_NR": page.canvas.label})
    space = child(sheet, "PrintSpace", HPOS=0, VPOS=0, WIDTH=width, HEIGHT=height)
    _blocks(space, page, items, shown)
    return written(root)


def _description(root: Element, page: CanvasAnnotations, book: Published, items: list[Item]) -> None:
    about = child(root, "Description")
    child(about, "MeasurementUnit", "pixel")
    source = child(about, "sourceImageInformation")
    child(source, "fileName", page.image)
    child(source, "fileIdentifier", page.canvas.id)
    child(source, "documentIdentifier", book.manifest)
    for maker, number in _makers(items).items():
        first = next(item for item in items if item.maker == maker)
        step = child(about, "Processing", ID=f"maker{number}")
        child(step, "processingCategory", "contentGeneration")
        if first.created:
            child(step, "processingDateTime", first.created)
        child(step, "processingStepDescription", first.run or first.layer)
        child(child(step, "processingSoftware"), "softwareName", maker)


def _makers(items: list[Item]) -> dict[str, int]:
    return {name: n for n, name in enumerate(dict.fromkeys(item.maker for item in items if item.maker), 1)}


def _tag(tags: Element, n: int, item: Item) -> None:
    finding = item.finding
    score = None if finding.score is None else f"confidence {finding.score:g}"
    told = {"TYPE": finding.motivation, "DESCRIPTION": score, "URI": finding.concept}
    tag = child(tags, "LayoutTag", ID=f"tag{n}", **told)
    tag.set("LABEL", legal(finding.label or ""))


def _blocks(space: Element, page: CanvasAnnotations, items: list[Item], shown: list[Item]) -> None:
    makers = _makers(items)
    for number, item in enumerate(shown):
        made = {"TAGREFS": f"tag{number}", "PROCESSINGREFS": _reference(item, makers)}
        block = child(space, "Illustration", ID=f"picture{number}", **made, **_place(item, page))
        _shape(block, item, page)
    texts = [item for item in items if item.is_text]
    for n, layer in enumerate(dict.fromkeys(item.layer for item in texts)):
        block = child(space, "TextBlock", ID=f"text{n}")
        for m, item in enumerate(item for item in texts if item.layer == layer):
            fill(block, None, {"PROCESSINGREFS": _reference(item, makers)})
            _line(block, f"line{n}_{m}", item, page)


def _reference(item: Item, makers: dict[str, int]) -> str | None:
    return f"maker{makers[item.maker]}" if item.maker else None


def _line(block: Element, name: str, item: Item, page: CanvasAnnotations) -> None:
    finding = item.finding
    line = child(block, "TextLine", ID=name, **_place(item, page))
    fill(line, None, {"LANG": language(finding.language)})
    _shape(line, item, page)
    for n, word in enumerate((finding.text or "").split() or [""]):
        if n:
            child(line, "SP")
        string = child(line, "String", WC=None if finding.score is None else f"{finding.score:g}")
        string.set("CONTENT", legal(word))


def _place(item: Item, page: CanvasAnnotations) -> dict[str, str]:
    width, height = page.size or (0, 0)
    region = item.finding.region
    box = bounds(placed(region, (width, height))) if region else Box(0, 0, width, height)
    values = zip(("HPOS", "VPOS", "WIDTH", "HEIGHT"), (box.x, box.y, box.width, box.height), strict=True)
    return {name: f"{value:.0f}" for name, value in values}


def _shape(element: Element, item: Item, page: CanvasAnnotations) -> None:
    region = placed(item.finding.region, page.size) if item.finding.region and page.size else None
    if isinstance(region, Polygon):
        points = " ".join(f"{x:.0f},{y:.0f}" for x, y in region.points)
        child(child(element, "Shape"), "Polygon", POINTS=points)
