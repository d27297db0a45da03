"""What an annotation is found by, and the box that every viewer draws."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.search.boxes import box_of, canvas_of
from iiif_store.search.entries import PORTABLE, Entry, readable_of
from iiif_store.search.flow import Readable

C, D = "https://example.org/c", "https://example.org/m#d"


def drawn(data: str) -> Any:
    return about({"type": "SvgSelector", "value": f'<svg><path d="{data}"/></svg>'})


def about(selector: Any = None) -> Any:
    return {"source": C, "selector": selector} if selector else {"source": C}


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
        (f"{C}#xywh=1,2,3,4", (1, 2, 3, 4)),
        ([f"{C}#xywh=1,2,3,4", f"{C}#xywh=5,6,7,8"], (1, 2, 3, 4)),
        ([f"{D}#xywh=1,2,3,4", f"{C}#xywh=5,6,7,8"], (5, 6, 7, 8)),
        ([D, f"{C}2#xywh=1,2,3,4"], None),
        ({"type": "Choice", "items": [D, f"{C}#xywh=5,6,7,8"]}, (5, 6, 7, 8)),
        (f"{C}#t=3&xywh=5,6,7,8", (5, 6, 7, 8)),
        ({"source": f"{C}#xywh=5,6,7,8", "styleClass": "red"}, (5, 6, 7, 8)),
        (C, None),
        (f"{C}#xywh=percent:1,2,3,4", None),
        (f"{C}#xywh={'9' * 5000},2,3,4", None),
        (about({"type": "FragmentSelector", "value": "xywh=1,2,3,4"}), (1, 2, 3, 4)),
        (about({"type": "FragmentSelector", "value": "t=3&xywh=1,2,3,4"}), (1, 2, 3, 4)),
        (about({"value": '<svg><path d="M10 20 L40 60 L20 30 Z" fill="none"/></svg>'}), (10, 20, 30, 40)),
        (about({"value": "<svg><circle/></svg>"}), None),
        (drawn("M10 10 H 90 V 90 H 10 Z"), (10, 10, 80, 80)),
        (drawn("m500 500 l50 0 l0 50 z"), (500, 500, 50, 50)),
        (drawn("M1e3 1e3 L1200 1000 L1200 1300 Z"), (1000, 1000, 200, 300)),
        (drawn("L10 10 M20 20"), None),
        (drawn("nothing"), None),
        (drawn("M1 2 3"), None),
        (about(), None),
        (None, None),
        (about([3]), None),
        ({"selector": [3]}, None),
    ],
)
def test_the_box_of_a_target(target: Any, expected: tuple[int, int, int, int] | None) -> None:
    assert box_of(target, C) == expected


@pytest.mark.parametrize("target", [D, f"{D}#xywh=1,2,3,4", f"{D}#t=1", {"id": D, "type": "Canvas"}, {"source": D}])
def test_a_canvas_may_have_a_fragment_in_its_name(target: Any) -> None:
    assert canvas_of(target) == D
