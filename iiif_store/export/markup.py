"""XML for page formats, by lxml: written from elements, and read without entities, DTDs or the network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 (section 2.2) does not allow, in any form."""

_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")

Element = etree._Element


class Unreadable(ValueError):
    """A file that is not what it is taken for. The text says why."""


def legal(text: str) -> str:
    """`text` with what XML cannot hold replaced."""
    return _ILLEGAL.sub("\ufffd", text)


def language(tag: str | None) -> str | None:
    """A language as xsd:language has it; None for what is none."""
    return tag if tag and _LANGUAGE.fullmatch(tag) else None


def child(parent: Element, name: str, text: str | None = None, /, **attributes: Any) -> Element:
    """A new last child in the parent's namespace; attributes that are None or "" are left out."""
    namespace = etree.QName(parent).namespace
    return fill(etree.SubElement(parent, f"{{{namespace}}}{name}" if namespace else name), text, attributes)


def fill(element: Element, text: str | None, attributes: Mapping[str, Any]) -> Element:
    """Text and attributes; `class_` and `xml_id` stand for names that Python has no place for."""
    if text is not None:
        element.text = legal(text)
    for name, value in attributes.items():
        if value not in (None, ""):
            element.set(_attribute(name), legal(str(value)))
    return element


def _attribute(name: str) -> str:
    if name.startswith("xml_"):
        return f"{{http://www.w3.org/XML/1998/namespace}}{name.removeprefix('xml_')}"
    return name.rstrip("_").replace("data_", "data-")


def written(root: Element) -> bytes:
    """The document, indented."""
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def parsed(body: bytes) -> Element:
    """The root of an XML document; raises Unreadable. What a DTD says is not looked at, and nothing is fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"it is no XML: {error}") from error


def name_of(element: Element) -> str:
    """The local name; "" for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
