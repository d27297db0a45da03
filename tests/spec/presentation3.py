"""Errors that the Presentation 3 JSON Schema of IIIF/presentation-validator finds, and which of them a publisher made.

The schema carries no licence, so it is read from the large corpus, never shipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

JSON = dict[str, Any]
Error = tuple[str, str, str]
"""Path with [] for every index, kind of the error, message."""

_CLASSES = {"Manifest": "manifest", "Collection": "collection", "AnnotationPage": "annotationPage"}
_CLASSES |= {"AnnotationCollection": "annotationCollection", "Annotation": "annotation"}


class Schema:
    """Checks a document against the part of the schema for its type."""

    def __init__(self, path: Path) -> None:
        self._schema = json.loads(path.read_bytes())
        self._schema.pop("$id", None)
        del self._schema["oneOf"]
        self._validators: dict[str, jsonschema_rs.Draft7Validator] = {}

    def errors(self, document: JSON) -> Iterator[tuple[Error, Any]]:
        """Every error, with the value that is at fault."""
        for error in self._validator(document["type"]).iter_errors(document):
            value: Any = document
            for step in error.instance_path:
                value = value[step]
            path = "/".join("[]" if isinstance(step, int) else step for step in error.instance_path)
            yield (path, type(error.kind).__name__, error.message), value

    def _validator(self, name: str) -> jsonschema_rs.Draft7Validator:
        if name not in self._validators:
            part = self._schema | {"allOf": [{"$ref": f"#/classes/{_CLASSES[name]}"}]}
            self._validators[name] = jsonschema_rs.Draft7Validator(part, validate_formats=False)
        return self._validators[name]


def made_by_publisher(error: Error, value: Any, original: JSON) -> bool:
    """Whether an error in a document converted from version 2 comes from what the publisher wrote and we may not
    change: unknown properties, ids that are no HTTP URIs, sizes that are none, services in their old form."""
    path, kind, message = error
    words = _words(original)
    if kind == "AdditionalProperties":
        return set(re.findall(r"'([^']+)'", message)) <= words
    if kind in ("Pattern", "Type", "ExclusiveMinimum") and not isinstance(value, dict | list):
        return str(value) in words or any(str(value).startswith(f"{word}/") for word in words if len(word) > 3)
    if kind == "Required":
        return message.split('"')[1] in ("height", "width", "id") and isinstance(value, dict)
    if path in ("viewingDirection", "items/[]/items/[]/items/[]/target"):
        return str(value) in words
    return _unmendable(value)


def _unmendable(value: Any) -> bool:
    """A resource that holds something which version 3 has no valid form for."""
    if not isinstance(value, dict):
        return not isinstance(value, list)
    if not str(value.get("id", value.get("@id", ""))).startswith("http") or value.get("format") == "":
        return True
    if any(key in value and not (isinstance(value[key], int) and value[key] > 0) for key in ("width", "height")):
        return True
    if value.get("type") == "Canvas" and not {"width", "height", "duration"} & set(value):
        return True
    services = [service for service in value.get("service", []) if isinstance(service, dict)]
    parts = [*services, *(part for part in value.get("items", []) if not isinstance(part, str))]
    old = isinstance(value.get("profile"), list) or any(isinstance(part, str) for part in value.get("items", []))
    return old or "type" not in value | {"type": value.get("@type")} or any(map(_unmendable, parts))


def _words(value: Any) -> set[str]:
    """Every key and scalar of a document, as text."""
    if isinstance(value, dict):
        return set(value).union(*map(_words, value.values()))
    if isinstance(value, list):
        return set().union(*map(_words, value))
    return {str(value)}
