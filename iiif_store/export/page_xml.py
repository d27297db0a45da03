"""PAGE XML of 2019, one file for each canvas (github.com/PRImA-Research-Lab/PAGE-XML)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ml_backends.types import Box, Polygon, Region

from ..geometry import Size, bounds
from ..item import Item
from .archive import Entry
from .markup import Element, child, fill, written
from .pixels import placed
from .published import CanvasAnnotations, Options, Published

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
SCHEMA = f"{NAMESPACE} {NAMESPACE}/pagecontent.xsd"
_SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_NEVER = "1970-01-01T00:00:00Z"
"""PAGE demands a time. One of now would make each export another file."""
PREFIX = "glossator:"
"""Of the names of user attributes that are ours."""


def folder(book: Published, options: Options) -> Iterator[Entry]:
    """Also of canvases without text, so that there is a file for each page."""
    for page in book.pages():
        body = document(page, book)
        yield Entry(f"{page.stem}.xml", lambda body=body: body)  # type: ignore[misc]


def document(page: CanvasAnnotations, book: Published) -> bytes:
    """Text is lines of one region for each layer. What has a label is an ImageRegion with the label. Where an
    annotation comes from stands in user attributes; what is about the whole canvas and no text has no place."""
    items = list(page.items())
    root = etree.Element(f"{{{NAMESPACE}}}PcGts", nsmap={None: NAMESPACE})
    fill(root, None, {_SCHEMA_LOCATION: SCHEMA})
    _metadata(root, book, items)
    width, height = page.size or (0, 0)
    sheet = child(root, "Page", imageFilename=page.image or page.stem, imageWidth=width, imageHeight=height)
    _attributes(sheet, {"canvas": page.canvas.id, "label": page.canvas.label})
    texts = [item for item in items if item.is_text]
    for n, item in enumerate(item for item in items if item.finding.region and not item.is_text):
        _picture(sheet, f"picture{n}", item, (width, height))
    for n, layer in enumerate(dict.fromkeys(item.layer for item in texts)):
        _block(sheet, f"text{n}", [item for item in texts if item.layer == layer], (width, height))
    return written(root)


def _metadata(root: Element, book: Published, items: list[Item]) -> None:
    about = child(root, "Metadata", externalRef=book.manifest)
    times = sorted(item.created for item in items if item.created)
    child(about, "Creator", book.software)
    child(about, "Created", times[0] if times else _NEVER)
    child(about, "LastChange", times[-1] if times else _NEVER)
    for maker in dict.fromkeys(item.maker for item in items if item.maker):
        child(about, "MetadataItem", type="processingStep", name="creator", value=maker)


def _picture(sheet: Element, name: str, item: Item, size: Size) -> None:
    finding = item.finding
    region = child(sheet, "ImageRegion", id=name)
    if finding.region:
        _coords(region, placed(finding.region, size), finding.score)
    _attributes(region, _provenance(item) | {"text": finding.text, "language": finding.language})
    if finding.label:
        labels = child(region, "Labels", externalId=finding.concept)
        child(labels, "Label", value=finding.label, type="class")


def _block(sheet: Element, name: str, items: list[Item], size: Size) -> None:
    regions = [placed(item.finding.region or Box(0, 0, *size), size) for item in items]
    block = child(sheet, "TextRegion", id=name)
    _coords(block, _around(regions), None)
    _attributes(block, {"layer": items[0].layer})
    for n, (item, region) in enumerate(zip(items, regions, strict=True)):
        finding = item.finding
        line = child(block, "TextLine", id=f"{name}_line{n}")
        _coords(line, region, finding.score)
        equivalent = child(line, "TextEquiv", conf=_confidence(finding.score))
        child(equivalent, "Unicode", finding.text)
        _attributes(line, _provenance(item) | {"language": finding.language})


def _around(regions: list[Region]) -> Box:
    boxes = [bounds(region) for region in regions]
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.width for box in boxes), max(box.y + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def _coords(element: Element, region: Region, score: float | None) -> None:
    if isinstance(region, Polygon):
        points = region.points
    else:
        right, bottom = region.x + region.width, region.y + region.height
        points = ((region.x, region.y), (right, region.y), (right, bottom), (region.x, bottom))
    text = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    child(element, "Coords", points=text, conf=_confidence(score))


def _confidence(score: float | None) -> str | None:
    return None if score is None else f"{score:g}"


def _provenance(item: Item) -> dict[str, str | None]:
    finding = item.finding
    return {
        "annotation": item.id,
        "layer": item.layer,
        "motivation": finding.motivation,
        "model": item.maker,
        "by": item.by,
        "created": item.created,
        "run": item.run,
    }


def _attributes(element: Element, values: dict[str, str | None]) -> None:
    told = {name: value for name, value in values.items() if value}
    if told:
        user = child(element, "UserDefined")
        for name, value in told.items():
            child(user, "UserAttribute", name=f"{PREFIX}{name}", type="xsd:string", value=value)
