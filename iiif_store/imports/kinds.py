"""What a file is, by what is in it."""

from __future__ import annotations

import io
import re
from pathlib import PurePosixPath

import orjson
from lxml import etree

from ..export.markup import name_of
from . import web_annotation
from .sheets import File
from .via import COLUMNS

_START = 4096
_BLANK = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
"""What may stand before the first sign of a text: marks of UTF-8 and UTF-16, and white space."""
_ROOTS = {"alto": "alto", "PcGts": "page"}
_NAMES = re.compile(rb"""^[\s{]*["']?names["']?\s*:""", re.MULTILINE)
_ANNOTATION = re.compile(rb'"Annotation(?:Page|Collection)?"')
_BESIDE = (
    *("findings.csv", "missing.txt", "ro-crate-metadata.json", "context.json", "manifest/source.json"),
    *("runs/*.jsonl", "models/*/*"),
)


def kind_of(file: File) -> str | None:
    """Its format; None for what no reader is for. One that is broken further on has a format too: its reader tells."""
    start = file.body[:_START].lstrip(_BLANK)
    if file.name.lower().endswith((".yaml", ".yml")):
        return "yolo" if _NAMES.search(file.body) else None
    if start[:1] in (b"{", b"["):
        return _json(file.body)
    if start[:1] == b"<":
        return _xml(file.body)
    first = start.partition(b"\n")[0].decode("utf-8", "replace").strip().lstrip("#")
    return "via" if set(first.replace('"', "").split(",")) >= COLUMNS else None


def is_beside(name: str) -> bool:
    """Whether our exports write a file of this name beside the annotations: a table, a run record, and the like."""
    return any(PurePosixPath(name.replace("\\", "/")).match(pattern) for pattern in _BESIDE)


def _json(body: bytes) -> str | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:  # one a line, or broken
        if b'"images"' in body and (b'"categories"' in body or b'"bbox"' in body):
            return "coco"
        return "w3c" if _ANNOTATION.search(body) else None
    if isinstance(document, dict) and "images" in document and document.keys() & {"categories", "annotations"}:
        return "coco"
    return "w3c" if web_annotation.is_one(document) else None


def _xml(body: bytes) -> str | None:
    return _ROOTS.get(_root(body)) or ("hocr" if b"ocr_page" in body else None)


def _root(body: bytes) -> str:
    """The name of the root of an XML document, which is read no further; "" if there is none."""
    events = etree.iterparse(
        io.BytesIO(body), ("start",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return next((name_of(element) for _, element in events), "")
    except (etree.XMLSyntaxError, ValueError):
        return ""
