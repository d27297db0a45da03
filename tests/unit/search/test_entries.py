"""What an annotation is found by, and the box that every viewer draws."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.search.boxes import box_of
from iiif_store.search.entries import PORTABLE, Entry, readable_of
from iiif_store.search.flow import Readable


def drawn(data: str) -> Any:
    return {"source": "x", "selector": {"type": "SvgSelector", "value": f'<svg><path d="{data}"/></svg>'}}


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ({"body": {"type": "TextualBody", "value": "Ex libris"}}, Readable(("Ex libris",))),
        ({"body": [{"value": "<p>a &lt; b<br>c</p>", "format": "text/html"}]}, Readable(("a < b c",))),
        ({"body": {"value": "a < b", "format": "text/plain"}}, Readable(("a < b",))),
        ({"bodyValue": "plain"}, Readable(("plain",))),
        ({"body": "https://example.org/thing"}, Readable((), uris=("https://example.org/thing",))),
        (
            {"body": [{"value": "map"}, {"type": "SpecificResource", "source": "https://example.org/thing"}]},
            Readable(("map",), uris=("https://example.org/thing",)),
        ),
        (
            {"body": {"id": "https://example.org/a.jpg", "type": "Image"}},
            Readable((), uris=("https://example.org/a.jpg",)),
        ),
        ({"body": [None, 3, {"value": 4}]}, Readable(())),
        ({}, Readable(())),
    ],
)
def test_any_web_annotation_is_found_by_its_bodies(annotation: dict[str, Any], expected: Readable) -> None:
    assert readable_of(annotation) == expected


def test_facets_are_in_one_form() -> None:
    told = {"motivation": "tagging", "created": "2026-01-01T01:00:00+01:00", "creator": [f"{PORTABLE}/models/a/1"]}
    assert Entry(told, Readable(())).facets == (" tagging ", "2026-01-01T00:00:00Z", "/models/a/1")
    assert Entry({}, Readable(())).facets == ("  ", "", "")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://example.org/c#xywh=1,2,3,4", (1, 2, 3, 4)),
        (["https://example.org/c#xywh=1,2,3,4", "https://example.org/c#xywh=5,6,7,8"], (1, 2, 3, 4)),
        ("https://example.org/c", None),
        ("https://example.org/c#xywh=percent:1,2,3,4", None),
        ({"source": "x", "selector": {"type": "FragmentSelector", "value": "xywh=1,2,3,4"}}, (1, 2, 3, 4)),
        (
            {"source": "x", "selector": {"value": '<svg><path d="M10 20 L40 60 L20 30 Z" fill="none"/></svg>'}},
            (10, 20, 30, 40),
        ),
        ({"source": "x", "selector": {"value": "<svg><circle/></svg>"}}, None),
        (drawn("M10 10 H 90 V 90 H 10 Z"), (10, 10, 80, 80)),
        (drawn("m500 500 l50 0 l0 50 z"), (500, 500, 50, 50)),
        (drawn("M1e3 1e3 L1200 1000 L1200 1300 Z"), (1000, 1000, 200, 300)),
        (drawn("L10 10 M20 20"), None),
        (drawn("nothing"), None),
        (drawn("M1 2 3"), None),
        ({"source": "x"}, None),
        (None, None),
        ({"selector": [3]}, None),
    ],
)
def test_the_box_of_a_target(target: Any, expected: tuple[int, int, int, int] | None) -> None:
    assert box_of(target) == expected
