"""Service blocks between versions: Presentation 3 keeps the older ones as they are, but for a type and no context."""

from __future__ import annotations

import re
from typing import Any

from .image_service import image_version
from .shape import JSON, kind, listed, string

_CONTEXTS = {
    "ImageService1": "http://library.stanford.edu/iiif/image-api/1.1/context.json",
    "ImageService2": "http://iiif.io/api/image/2/context.json",
    "ImageService3": "http://iiif.io/api/image/3/context.json",
    "SearchService1": "http://iiif.io/api/search/1/context.json",
    "AuthCookieService1": "http://iiif.io/api/auth/1/context.json",
}
"""What version 2.1 writes into a service, and version 3 tells by its type."""

_NEWER = re.compile(r"^(ImageService3|(Search|AutoComplete|Auth\w+)Service2)$")
"""Services that have `id` and `type`; every other one keeps `@id` and `@type` inside version 3 (P3, 3.3.1)."""

_TYPES_BY_HINT = (
    (re.compile(r"/auth/[01]/(login|clickthrough|kiosk|external)"), "AuthCookieService1"),
    (re.compile(r"/auth/[01]/token"), "AuthTokenService1"),
    (re.compile(r"/auth/[01]/logout"), "AuthLogoutService1"),
    (re.compile(r"/search/[01]/autocomplete"), "AutoCompleteService1"),
    (re.compile(r"/search/[01]/"), "SearchService1"),
)


def services3(value: Any) -> list[Any]:
    """The `service` of version 2 as version 3 has it: a list, each with a type; nothing else is touched."""
    return [_service3(entry) for entry in listed(value)]


def services2(value: Any) -> Any:
    """The `service` of version 3 as version 2.1 has it: with a context where it belongs, alone if there is one only."""
    found = [_service2(entry) for entry in listed(value)]
    return found[0] if len(found) == 1 else found


def service_type(entry: JSON) -> str:
    """The type of a service block that tells none, from its context and profile; "Service" if they say nothing."""
    if version := image_version(entry):
        return f"ImageService{version}"
    hints = [text for key in ("profile", "@context") for item in listed(entry.get(key)) if (text := string(item))]
    return next((name for pattern, name in _TYPES_BY_HINT for hint in hints if pattern.search(hint)), "Service")


def _service3(entry: Any) -> Any:
    if isinstance(entry, str):
        return {"@id": entry, "@type": "Service"}
    if not isinstance(entry, dict):
        return entry
    name = kind(entry) or service_type(entry)
    new = {key: value for key, value in entry.items() if key != "@context" or value != _CONTEXTS.get(name)}
    if "service" in new:
        new["service"] = services3(new["service"])
    if _NEWER.search(name) and "@id" in new:
        return {"id": new.pop("@id"), "type": new.pop("@type", name)} | new
    return new if kind(new) else new | {"@type": name}


def _service2(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    name = kind(entry)
    new = {"@id" if key == "id" else "@type" if key == "type" else key: value for key, value in entry.items()}
    if "service" in new:
        new["service"] = services2(new["service"])
    context = {"@context": _CONTEXTS[name]} if name in _CONTEXTS and "@context" not in new else {}
    return context | new
