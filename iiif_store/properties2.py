"""Properties of version 3 in version 2.1: what each is called there, and how its value is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .language import is_language_map, value2
from .services import services2
from .shape import JSON, kind, listed, objects
from .vocabulary import ATTRIBUTION_LABEL, HINTS_2, motivation2, type2

Pairs = Iterable[tuple[str, Any]]

NOTHING: frozenset[str] = frozenset()


def resource2(old: JSON, *, without: frozenset[str] = NOTHING) -> JSON:
    """Any resource of version 3 in version 2.1, but for the properties named in `without`. What version 2 has no place
    for is kept as it is, under its name of version 3."""
    new: JSON = {}
    for key, value in old.items():
        if key not in without:
            convert = _PROPERTIES.get(key)
            new.update(convert(value) if convert else [(key, value)])
    return {key: new[key] for key in ("@id", "@type", "label") if key in new} | new


def content2(value: Any) -> Any:
    """A body, a target, a source or a selector, or a list of them."""
    if isinstance(value, list):
        return content2(value[0]) if len(value) == 1 else [content2(item) for item in value]
    if not isinstance(value, dict):
        return value
    name = kind(value)
    if name == "Choice":
        options = [content2(item) for item in listed(value.get("items"))]
        new = resource2(value, without=frozenset({"items"}))
        return new | ({"default": options[0]} if options else {}) | ({"item": options[1:]} if options[1:] else {})
    new = resource2(value)
    if name == "TextualBody" and "value" in new:
        new["chars"] = new.pop("value")
        if new.get("purpose") == "tagging":
            new["@type"] = "oa:Tag"
            del new["purpose"]
    return new


def _references(value: Any, type_: str) -> Any:
    """Resources of a type that goes without saying: the plain URI where there is no more to say."""
    return _alone([link["id"] if _only_names(link, type_) else resource2(link) for link in objects(value)])


def _only_names(link: JSON, type_: str) -> bool:
    return set(link) == {"id", "type"} and link["type"] == type_


def _renamed(name: str) -> Callable[[Any], Pairs]:
    return lambda value: [(name, value)]


def _text(name: str) -> Callable[[Any], Pairs]:
    return lambda value: [(name, value2(value) if is_language_map(value) else value)]


def _links(name: str) -> Callable[[Any], Pairs]:
    return lambda value: [(name, _alone([resource2(link) for link in objects(value)]))]


def _content(name: str) -> Callable[[Any], Pairs]:
    return lambda value: [(name, content2(value))]


def _alone(found: list[Any]) -> Any:
    return found[0] if len(found) == 1 else found


def _type(value: Any) -> Pairs:
    return [("@type", type2(value) if isinstance(value, str) else value)]


def _metadata(value: Any) -> Pairs:
    return [("metadata", [_entry(entry) for entry in listed(value)])]


def _entry(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {key: value2(text) if is_language_map(text) else text for key, text in entry.items()}


def _required_statement(value: Any) -> Pairs:
    """Its label has no place in version 2; one that says more than "Attribution" is kept with the whole."""
    if not isinstance(value, dict) or not is_language_map(value.get("value")):
        yield "requiredStatement", value
        return
    yield "attribution", value2(value["value"])
    if value.get("label") != ATTRIBUTION_LABEL:
        yield "requiredStatement", value


def _provider(value: Any) -> Pairs:
    """Of an agent version 2 knows the logo only."""
    logos = [logo for agent in objects(value) for logo in objects(agent.get("logo"))]
    if logos:
        yield "logo", _alone([resource2(logo) for logo in logos])
    yield "provider", value


def _behavior(value: Any) -> Pairs:
    hint = next((word for word in listed(value) if word in HINTS_2), None)
    others = [word for word in listed(value) if word != hint]
    if hint:
        yield "viewingHint", hint
    if others:
        yield "behavior", others


def _motivation(value: Any) -> Pairs:
    names = [motivation2(name) if isinstance(name, str) else name for name in listed(value)]
    return [("motivation", _alone(names))]


_PROPERTIES: dict[str, Callable[[Any], Pairs]] = {
    "id": _renamed("@id"),
    "type": _type,
    "label": _text("label"),
    "summary": _text("description"),
    "requiredStatement": _required_statement,
    "metadata": _metadata,
    "rights": _renamed("license"),
    "provider": _provider,
    "thumbnail": _links("thumbnail"),
    "logo": _links("logo"),
    "behavior": _behavior,
    "homepage": _links("related"),
    "rendering": _links("rendering"),
    "seeAlso": _links("seeAlso"),
    "service": lambda value: [("service", services2(value))],
    "partOf": lambda value: [("within", _references(value, "Collection"))],
    "supplementary": lambda value: [("contentLayer", _references(value, "AnnotationCollection"))],
    "motivation": _motivation,
    "body": _content("resource"),
    "target": _content("on"),
    "source": _content("full"),
    "selector": _content("selector"),
    "stylesheet": _content("stylesheet"),
    "styleClass": _renamed("style"),
}
