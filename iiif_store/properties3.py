"""Properties of version 2 in version 3: what each is called there, and how its value is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from .language import language_map
from .services import services3
from .shape import JSON, identifier, kind, listed, objects, site, string
from .vocabulary import (
    ATTRIBUTION_LABEL,
    HINTS_2,
    LICENCE_LABEL,
    OLD_PRESENTATION,
    media_type3,
    motivation3,
    rights3,
    type3,
)

Pairs = Iterable[tuple[str, Any]]

_LAST = ("license", "logo")
"""What may be told among other things, and stands after those."""


def resource3(old: JSON, *, without: frozenset[str] = frozenset()) -> JSON:
    """Any resource of version 2 in version 3, but for the properties named in `without`. Unknown ones are kept."""
    new: JSON = {key: value for key, value in old.items() if value is None or key not in _PROPERTIES}
    for key in without:
        new.pop(key, None)
    for key in sorted(old, key=_LAST.__contains__):
        value = old[key]
        if key in _PROPERTIES and value is not None and key not in without:
            for name, converted in _PROPERTIES[key](value, old):
                merge(new, name, converted, key, value)
    # In the order in which people read them.
    return {key: new[key] for key in ("id", "type", "label") if key in new} | new


def merge(new: JSON, name: str, converted: Any, key: str, value: Any) -> None:
    """Put a property where there may be one: lists are joined; otherwise both stay, the later under its old name."""
    if name not in new:
        new[name] = converted
    elif isinstance(new[name], list) and isinstance(converted, list):
        known = set(map(_written, new[name]))
        new[name] = new[name] + [item for item in converted if _written(item) not in known]
    elif new[name] != converted and key != name:
        new[key] = value


def _written(item: Any) -> bytes:
    return orjson.dumps(item, option=orjson.OPT_SORT_KEYS)


def content3(value: Any) -> Any:
    """A body, a target, a source or a selector: each may be a URI, an object, or a list of either."""
    if isinstance(value, list):
        return [content3(item) for item in value]
    if not isinstance(value, dict):
        return value
    new = resource3(value)
    if kind(value).endswith("oa:Choice") or "default" in value:
        options = [content3(item) for key in ("default", "item") for item in listed(value.get(key))]
        new = {key: item for key, item in new.items() if key not in ("default", "item")} | {"items": options}
    if "value" in new and new.get("type") == "Text":
        new["type"] = "TextualBody"
    if kind(value).endswith(":Tag"):
        new["purpose"] = "tagging"
    return new


def links3(value: Any, default: str) -> list[Any]:
    """Linked resources as a list of objects with a type: told, or by media type, or `default`."""
    return [_link3(item, default) for item in listed(value) if item != ""]


def _link3(item: Any, default: str) -> Any:
    if isinstance(item, str):
        return {"id": item, "type": default}
    if not isinstance(item, dict):
        return item
    new = resource3(item)
    if "type" not in new:
        new["type"] = media_type3(string(new.get("format"))) or default
    return new


def _type(value: Any, _: JSON) -> Pairs:
    names = [type3(name) for name in listed(value) if isinstance(name, str)]
    return [("type", names[0] if names else value)]


def _text(name: str) -> Callable[[Any, JSON], Pairs]:
    return lambda value, _: [(name, language_map(value) or value)]


def _links(name: str, default: str) -> Callable[[Any, JSON], Pairs]:
    return lambda value, _: [(name, links3(value, default))]


def _labelled_links(name: str) -> Callable[[Any, JSON], Pairs]:
    """These have to have a label in version 3 (P3, 3.1); one that has none is called by its URI."""
    return lambda value, _: [(name, [_labelled(link) for link in links3(value, "Text")])]


def _labelled(link: Any) -> Any:
    unnamed = isinstance(link, dict) and "label" not in link and identifier(link)
    return link | {"label": {"none": [identifier(link)]}} if unnamed else link


def _renamed(name: str) -> Callable[[Any, JSON], Pairs]:
    return lambda value, _: [(name, value)]


def _content(name: str) -> Callable[[Any, JSON], Pairs]:
    return lambda value, _: [(name, content3(value))]


def _reference(name: str, type_: str) -> Callable[[Any, JSON], Pairs]:
    return lambda value, _: [(name, _link3(value, type_))]


def _context(value: Any, _: JSON) -> Pairs:
    """Version 3 has its context outside only (P3, 4.6)."""
    return [] if isinstance(value, str) and OLD_PRESENTATION.search(value) else [("@context", value)]


def _metadata(value: Any, _: JSON) -> Pairs:
    return [("metadata", [_metadata_entry(entry) for entry in listed(value)])]


def _metadata_entry(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {key: language_map(text) or text if key in ("label", "value") else text for key, text in entry.items()}


def _attribution(value: Any, old: JSON) -> Pairs:
    texts = language_map(value)
    statement = old.get("requiredStatement")
    if isinstance(statement, dict) and language_map(statement.get("value")) == texts:
        return []
    return [("requiredStatement", {"label": ATTRIBUTION_LABEL, "value": texts})] if texts else [("attribution", value)]


def _license(value: Any, _: JSON) -> Pairs:
    """`rights` holds one URI of two families only (P3, 3.1); every other licence is told as metadata."""
    uris = [uri for item in listed(value) if (uri := identifier(item))]
    rights = next((found for uri in uris if (found := rights3(uri))), None)
    if rights:
        yield "rights", rights
    others = [uri for uri in dict.fromkeys(uris) if rights is None or rights3(uri) != rights]
    if others:
        yield "metadata", [{"label": LICENCE_LABEL, "value": {"none": [uri]}} for uri in others]


def _logo(value: Any, old: JSON) -> Pairs:
    """A logo belongs to an agent, who is known by the site that shows it only."""
    logos = links3(value, "Image")
    known = {identifier(logo) for agent in objects(old.get("provider")) for logo in objects(agent.get("logo"))}
    if logos and all(identifier(logo) in known for logo in logos):
        return []
    scheme, host = site(identifier(old) or next(filter(None, map(identifier, logos)), ""))
    if not host:
        return [("logo", value)]
    agent = {"id": f"{scheme}://{host}/", "type": "Agent", "label": {"none": [host]}, "logo": logos}
    return [("provider", [agent])]


def _viewing_hint(value: Any, old: JSON) -> Pairs:
    hints = [hint for hint in listed(value) if hint in HINTS_2]
    others = [hint for hint in listed(value) if hint not in HINTS_2 and not (hint == "top" and "Range" in kind(old))]
    if hints:
        yield "behavior", hints
    if others:
        yield "viewingHint", others[0] if len(others) == 1 else others


def _within(value: Any, old: JSON) -> Pairs:
    by_type = {"Canvas": "Manifest", "Range": "Manifest", "AnnotationPage": "AnnotationCollection"}
    return [("partOf", links3(value, by_type.get(type3(kind(old)), "Collection")))]


def _motivation(value: Any, _: JSON) -> Pairs:
    names = [motivation3(name) if isinstance(name, str) else name for name in listed(value)]
    return [("motivation", names if isinstance(value, list) else names[0])]


_PROPERTIES: dict[str, Callable[[Any, JSON], Pairs]] = {
    "@context": _context,
    "@id": _renamed("id"),
    "@type": _type,
    "label": _text("label"),
    "description": _text("summary"),
    "attribution": _attribution,
    "metadata": _metadata,
    "license": _license,
    "logo": _logo,
    "thumbnail": _links("thumbnail", "Image"),
    "viewingHint": _viewing_hint,
    "related": _labelled_links("homepage"),
    "rendering": _labelled_links("rendering"),
    "seeAlso": _links("seeAlso", "Dataset"),
    "service": lambda value, _: [("service", services3(value))],
    "within": _within,
    "startCanvas": _reference("start", "Canvas"),
    "contentLayer": _reference("supplementary", "AnnotationCollection"),
    "motivation": _motivation,
    "resource": _content("body"),
    "on": _content("target"),
    "full": _content("source"),
    "selector": _content("selector"),
    "stylesheet": _content("stylesheet"),
    "style": _renamed("styleClass"),
    "chars": _renamed("value"),
}
