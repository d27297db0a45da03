"""The assertions of the W3C's test suite for the Web Annotation data model, as JSON Schemas (WPT, annotation-model)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_URI = re.compile(r"[A-Za-z][\w+.-]*:\S+")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Assertions:
    """The MUST assertions about annotations."""

    def __init__(self, root: Path) -> None:
        """`root` is the directory annotation-model of the large corpus."""
        formats = FormatChecker(formats=())
        formats.checks("uri")(lambda value: not isinstance(value, str) or bool(_URI.fullmatch(value)))
        formats.checks("date-time")(lambda value: not isinstance(value, str) or bool(_DATE_TIME.fullmatch(value)))
        registry: Any = Registry()
        for path in (root / "definitions").glob("*.json"):
            resource = Resource.from_contents(json.loads(path.read_bytes()), default_specification=DRAFT4)
            registry = registry.with_resource(path.name, resource)
        names = json.loads((root / "annotations" / "annotationMusts.test").read_bytes())["assertions"]
        schemas = {name: json.loads((root / name).read_bytes()) for name in names}
        self._checks = [
            (name, Draft4Validator(schema, registry=registry, format_checker=formats), _valid(schema))
            for name, schema in schemas.items()
        ]

    def broken(self, annotation: dict[str, Any]) -> list[str]:
        """The names of the assertions that an annotation, embedded in another document, does not keep."""
        document = annotation | {"@context": CONTEXT}
        return [name for name, check, expected in self._checks if check.is_valid(document) != expected]


def _valid(schema: dict[str, Any]) -> bool:
    """Whether the assertion says what an annotation is, not what it is not."""
    return bool(schema.get("expectedResult", "valid") == "valid")


def found_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every annotation in a document."""
    if isinstance(value, list):
        for item in value:
            yield from found_in(item)
    elif isinstance(value, dict):
        if value.get("type") == "Annotation":
            yield value
        else:
            yield from found_in(list(value.values()))
