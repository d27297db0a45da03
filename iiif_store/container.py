"""The container of a source's annotations and its pages (Web Annotation Protocol, 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .links import Links
from .shape import JSON
from .vocabulary import LDP, WEB_ANNOTATION

PAGE_SIZE = 100
"""Annotations on a page."""

Form = Literal["minimal", "iris", "descriptions"]
"""What a container's representation embeds: nothing, the IRIs of its first page, or that page whole."""


@dataclass(frozen=True, slots=True)
class Container:
    """What is told of one, whichever form it takes."""

    source: str
    label: str
    total: int
    links: Links
    canvas: str | None = None
    """Key of the canvas to which this view is limited."""
    modified: str | None = None
    """Of what changed last; None while it is empty."""

    @property
    def pages(self) -> int:
        return -(-self.total // PAGE_SIZE)

    def uri(self, form: Form) -> str:
        """Each form has its own, which Content-Location names (4.2)."""
        iris = {"minimal": None, "iris": True, "descriptions": False}[form]
        return self.links.contained(self.source, canvas=self.canvas, iris=iris)

    def page_uri(self, number: int, form: Form) -> str:
        return self.links.contained(self.source, canvas=self.canvas, iris=form == "iris", page=number)


def container(told: Container, form: Form, first: Sequence[Any] = ()) -> JSON:
    """The container; `first` holds the items of its first page where the form embeds it."""
    document: JSON = {
        "@context": [WEB_ANNOTATION, LDP],
        "id": told.uri(form),
        "type": ["BasicContainer", "AnnotationCollection"],
        "label": told.label,
        "total": told.total,
        **({"modified": told.modified} if told.modified else {}),
    }
    if not told.pages:
        return document
    embedded = told.page_uri(0, form) if form == "minimal" else _page(told, 0, form, first)
    return document | {"first": embedded, "last": told.page_uri(told.pages - 1, form)}


def page(told: Container, number: int, form: Form, items: Sequence[Any]) -> JSON:
    """One page as a document of its own (4.3)."""
    whole = {"id": told.uri(form), "total": told.total, "label": told.label}
    parent = whole | ({"modified": told.modified} if told.modified else {})
    found = _page(told, number, form, items)
    head = {"@context": WEB_ANNOTATION, "id": found.pop("id"), "type": found.pop("type"), "partOf": parent}
    return head | found


def _page(told: Container, number: int, form: Form, items: Sequence[Any]) -> JSON:
    return {
        "id": told.page_uri(number, form),
        "type": "AnnotationPage",
        "startIndex": number * PAGE_SIZE,
        **({"prev": told.page_uri(number - 1, form)} if number else {}),
        **({"next": told.page_uri(number + 1, form)} if number + 1 < told.pages else {}),
        "items": list(items),
    }
