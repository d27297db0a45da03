"""SVG selectors: what is kept of them, and how large they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_store.outline import cleaned, points
from ml_backends.types import Box

SVG = 'xmlns="http://www.w3.org/2000/svg"'
OURS = 'fill="none" stroke="#9b2d1f"'


@pytest.mark.parametrize(
    ("inner", "path", "box"),
    [
        ('<polygon points="1,2 3,4 5,2"/>', f'd="M1 2 L3 4 L5 2 Z" {OURS}', Box(1, 2, 4, 2)),
        ('<polyline points="1 2 3 4.5"/>', f'd="M1 2 L3 4.5" {OURS}', Box(1, 2, 2, 2.5)),
        ('<line x1="1" y1="2" x2="3" y2="4"/>', f'd="M1 2 L3 4" {OURS}', Box(1, 2, 2, 2)),
        ('<rect x="1" y="2" width="3" height="4"/>', f'd="M1 2 L4 2 L4 6 L1 6 Z" {OURS}', Box(1, 2, 3, 4)),
        (
            '<path d="m10,10 l5 0\n v-5z" stroke="red"/>',
            'd="m10,10 l5 0 v-5z" fill="none" stroke="red"',
            Box(10, 5, 5, 5),
        ),
        (
            '<g><path d="M0 0H9V9" fill="#ff0" onclick="x"/></g>',
            f'd="M0 0H9V9" fill="#ff0" {OURS[12:]}',
            Box(0, 0, 9, 9),
        ),
        ('<path d="M1 1A2 2 0 0 1 5 1" stroke="url(#x)"/>', f'd="M1 1A2 2 0 0 1 5 1" {OURS}', Box(1, 1, 4, 0)),
    ],
)
def test_shapes_become_paths(inner: str, path: str, box: Box) -> None:
    for tag in ("<svg>", f"<svg {SVG}>"):
        assert cleaned(f"{tag}{inner}</svg>") == (f"<svg {SVG}><path {path}/></svg>", box)


def test_round_shapes_keep_their_extent() -> None:
    for inner in ('<circle cx="10" cy="20" r="5"/>', '<ellipse cx="10" cy="20" rx="5" ry="5"/>'):
        drawn, box = cleaned(f"<svg>{inner}</svg>")
        assert box == Box(5, 15, 10, 10)
        assert drawn.count("C") == 4


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "well-formed"),
        ("<svg>", "well-formed"),
        ("<svg/>", "holds no path"),
        ("<svg><text>x</text></svg>", "holds no path"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg><path d="M0 0"/></svg>', "document type"),
        ('<svg><path d="L1 1"/></svg>', "not the data"),
        ('<svg><path d="M1 1 x"/></svg>', "not the data"),
        ('<svg><path d="M1"/></svg>', "wrong number"),
        ('<svg><path d="M1 1Z5"/></svg>', "wrong number"),
        ('<svg><path d="M1e999 1"/></svg>', "finite"),
        ('<svg><rect width="1em" height="1"/></svg>', "no number"),
        ('<svg><polygon points="1,2,3"/></svg>', "no pairs"),
        ('<svg><g transform="scale(2)"><path d="M1 1"/></g></svg>', "transform"),
        ('<svg viewBox="0 0 5 5"><path d="M1 1"/></svg>', "viewBox"),
    ],
)
def test_what_cannot_be_drawn_is_refused(value: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        cleaned(value, (100, 200))


def test_a_view_box_of_the_canvas_is_left_out() -> None:
    drawn, _ = cleaned('<svg viewBox="0 0 100 200"><path d="M1 1"/></svg>', (100, 200))
    assert "viewBox" not in drawn


def test_relative_commands_go_on_from_the_pen() -> None:
    assert list(points("M10 10 l5 5 z l1 1")) == [(10, 10), (15, 15), (11, 11)]
    assert list(points("m1 1 2 2")) == [(1, 1), (3, 3)]
    assert list(points("M0 0 c1 1 2 2 3 3 s1 0 2 0")) == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 3)]


@given(st.text(alphabet="<>/\"'= svgpathdMmLlZz0123456789.,-eA!\x00é"))
def test_any_text_is_drawn_or_refused(text: str) -> None:
    for value in (text, f'<svg><path d="{text}"/></svg>'):
        try:
            drawn, _ = cleaned(value)
        except ValueError:
            continue
        assert re.fullmatch(rf'<svg {SVG}>(<path d="[^"<>]+"( [a-z-]+="[^"<>]*")*/>)+</svg>', drawn)
        assert cleaned(drawn)[0] == drawn
