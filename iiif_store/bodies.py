"""Bodies as people send them, made safe to show: viewers take any text for HTML (design, section 6)."""

from __future__ import annotations

import html
from typing import Any

import nh3

from .shape import JSON, kind
from .unusable import Unusable

TAGS = frozenset(
    "a b blockquote br code em h1 h2 h3 h4 i img li ol p pre s small span strong sub sup u ul".split()  # noqa: SIM905
)
"""What Presentation 3 allows in HTML (4.5), and what editors of annotations commonly write."""

ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "*": {"dir", "lang"}}
SCHEMES = frozenset({"http", "https", "mailto"})

TEXT = "TextualBody"


def body(value: Any, path: str = "$.body") -> Any:
    """One body or a list of them, HTML cleaned; raises Unusable."""
    if isinstance(value, list):
        return [body(item, f"{path}[{n}]") for n, item in enumerate(value)]
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        raise Unusable("a body is an IRI or an object", path)
    if kind(value) == TEXT or ("value" in value and "type" not in value):
        return _text(value, path)
    inner = {name: body(value[name], f"{path}.{name}") for name in ("items", "source") if name in value}
    return value | inner


def of_value(text: Any) -> JSON:
    """What `bodyValue` stands for (Web Annotation model, 3.2.5); raises Unusable."""
    if not isinstance(text, str):
        raise Unusable("bodyValue is one string", "$.bodyValue")
    return {"type": TEXT, **shown(text, "text/plain")}


def shown(text: str, media: str | None) -> JSON:
    """`value` and `format` that say the same and harm nobody: HTML cleaned, everything else escaped where a viewer
    would take it for HTML."""
    bare = (media or "").partition(";")[0].strip().lower()
    marked_up = text.lstrip().startswith("<") and text.rstrip().endswith(">")
    if bare in ("text/html", "application/xhtml+xml") or (not bare and marked_up):
        return {"value": _clean(text), "format": "text/html"}
    if "<" in text or (bare in ("", "text/plain") and html.escape(text, quote=False) != text):
        return {"value": _clean(f"<p>{html.escape(text, quote=False)}</p>"), "format": "text/html"}
    return {"value": text, "format": media or "text/plain"}


def _text(value: JSON, path: str) -> JSON:
    text = value.get("value")
    if not isinstance(text, str):
        raise Unusable("a TextualBody has one value, which is a string (Web Annotation model, 3.2.4)", path)
    media = value.get("format")
    return value | {"type": TEXT} | shown(text, media if isinstance(media, str) else None)


def _clean(text: str) -> str:
    """Well-formed and beginning with a tag, as Presentation 3 wants HTML (4.5)."""
    cleaned = nh3.clean(
        text,
        tags=set(TAGS),
        attributes={name: set(attributes) for name, attributes in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel=None,
    ).strip()
    if cleaned and not (cleaned.startswith("<") and cleaned.endswith(">")):
        return f"<p>{cleaned}</p>"
    return cleaned
