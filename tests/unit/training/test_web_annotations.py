"""The regions of Web Annotations: media fragments, SVG of any viewer, and what marks nothing."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.outline import cleaned
from ml_backends.training.formats.web_annotations import regions_of
from ml_backends.types import Box

NOTHING = Box(0, 0, 0, 0)
SVG = 'xmlns="http://www.w3.org/2000/svg"'


def box_of(selector: str) -> Box:
    """The region that a selector marks on a canvas of 1000 by 2000."""
    target = {"source": "https://example.org/canvas", "selector": {"value": selector}}
    return regions_of({"body": {"value": "illustration"}, "target": target}, 1000, 2000)[0].box


def sides(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.width, box.height


@pytest.mark.parametrize(
    ("data", "box"),
    [
        ("M524,320h113v0h113v113v113h-113h-113v-113z", (524, 320, 226, 226)),
        ("m20 30 60 0 0 40 -60 0z", (20, 30, 60, 40)),
        ("M20,30L80,30L80,70L20,70Z", (20, 30, 60, 40)),
        ("M20,30H80V70H20Z", (20, 30, 60, 40)),
        ("M20 30 c0 40 60 40 60 0", (20, 30, 60, 30)),
        ("M20 30 q30 40 60 0", (20, 30, 60, 20)),
        ("M20 30\n a30 30 0 0\n 1 60 0", (20, 0, 60, 30)),
        ("M20.5.5l1e1-.5", (20.5, 0, 10, 0.5)),
        ("M20 30 h60 v40 z m100 100 h10 v10", (20, 30, 110, 110)),
    ],
)
def test_a_path_is_as_large_as_what_it_draws(data: str, box: tuple[float, ...]) -> None:
    assert sides(box_of(f'<svg {SVG}><path d="{data}" fill="none"/></svg>')) == pytest.approx(box, abs=0.1)
    assert sides(box_of(f"<path id='x' d='{data}'/>")) == pytest.approx(box, abs=0.1)


@pytest.mark.parametrize(
    "shape",
    [
        '<rect x="20" y="30" width="60px" height="40"/>',
        '<ellipse cx="50" cy="50" rx="30" ry="20"/>',
        '<polygon points="20,30 80,30 80,70 20,70"/>',
        '<polyline points="20 30 80 70 "/>',
        '<g><circle cx="40" cy="50" r="20"/><circle cx="60" cy="50" r="20"/></g>',
    ],
)
@pytest.mark.parametrize("frame", ["", 'viewBox="0 0 1000 2000"'])
def test_other_shapes(shape: str, frame: str) -> None:
    assert sides(box_of(f"<svg {SVG} {frame}>{shape}</svg>")) == pytest.approx((20, 30, 60, 40), abs=0.1)


@pytest.mark.parametrize(
    ("selector", "box"),
    [
        ("xywh=20,30,60,40", (20, 30, 60, 40)),
        ("xywh=pixel:20.5,30,60,40.25", (20.5, 30, 60, 40.25)),
        ("xywh=percent:2,1.5,6,2", (20, 30, 60, 40)),
        ("t=5&xywh=percent:2,1.5,6,.5", (20, 30, 60, 10)),
    ],
)
def test_a_media_fragment(selector: str, box: tuple[float, ...]) -> None:
    assert sides(box_of(selector)) == pytest.approx(box)


@pytest.mark.parametrize(
    "selector",
    [
        "xywh=1.2.3,4,5,6",
        "<svg>",
        "<svg/>",
        "<svg><text>20 30 80 70</text></svg>",
        '<svg><path d="L1 1 2 2"/></svg>',
        '<svg><path d="M1 1 2"/></svg>',
        '<svg><path d="M1 1 A1 1 0"/></svg>',
        '<svg><path d="M1e999 1 2 2"/></svg>',
        '<svg><circle cx="1" cy="2"/></svg>',
        '<svg><rect width="1em" height="1"/></svg>',
        '<svg><polygon points="1,2,3"/></svg>',
        '<svg viewBox="0 0 5 5"><path d="M1 1h9v9"/></svg>',
        '<svg viewBox="here"><path d="M1 1h9v9"/></svg>',
        '<svg><g transform="scale(2)"><path d="M1 1h9v9"/></g></svg>',
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg><path d="M1 1h9v9"/></svg>',
    ],
)
def test_what_is_no_region_in_units_of_the_canvas_has_no_extent(selector: str) -> None:
    assert box_of(selector) == NOTHING


@pytest.mark.parametrize(
    "target",
    [
        None,
        5,
        [],
        [5],
        {"source": 5, "selector": {"value": "xywh=1,2,3,4"}},
        {"source": "a", "selector": "https://example.org/selector"},
        {"source": "a", "selector": ["x"]},
    ],
)
def test_a_target_of_another_form_marks_nothing(target: Any) -> None:
    (region,) = regions_of({"body": {"value": "illustration"}, "target": target}, 100, 100)
    assert (region.label, region.box) == ("illustration", NOTHING)


def test_two_bodies_of_one_mark_are_two_labels() -> None:
    bodies = [{"type": "TextualBody", "value": "stamp"}, {"type": "SpecificResource", "label": "stamp"}, "e.org/stamp"]
    found = regions_of({"body": bodies, "target": "c#xywh=1,2,3,4"}, 100, 100)
    assert [region.label for region in found] == ["stamp"] * 3


@pytest.mark.parametrize(
    "shape",
    [
        '<path d="m524,320h113v0h113v113v113h-113h-113v-113zl5 5"/>',
        '<polygon points="20,30 80.5,30 80,70.25"/>',
        '<rect x="20" y="30" width="60" height="40"/>',
        '<ellipse cx="50" cy="50" rx="30" ry="20"/>',
        '<line x1="1e1" y1="-2" x2="30" y2="4"/>',
    ],
)
def test_what_is_trained_on_is_where_viewers_are_told_that_it_is(shape: str) -> None:
    published, box = cleaned(f"<svg>{shape}</svg>")
    assert sides(box_of(f"<svg>{shape}</svg>")) == pytest.approx(sides(box), abs=0.1)
    assert sides(box_of(published)) == pytest.approx(sides(box), abs=0.1)
