"""Content states: ours come back as they were, and those of others are read in every form."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_store.content_state import LONGEST, BadState, Place, canvas_state, decode, encode, place

CANVAS, MANIFEST = "https://example.org/canvas/3", "https://example.org/manifest"
PART = [{"id": MANIFEST, "type": "Manifest"}]
HERE = Place(MANIFEST, CANVAS, (4, 9, 6, 7))

WORKED = (
    "JTdCJTIyaWQlMjIlM0ElMjJodHRwcyUzQSUyRiUyRm11c2V1bS5leGFtcGxlLm5ldCUyRmlpaWYlMkZhbGJ1bTclMkZjYW52YXMlMkYzJTIzeHl3aC"
    "UzRDQxMiUyQzkwMyUyQzY1NSUyQzcyMCUyMiUyQyUyMnR5cGUlMjIlM0ElMjJDYW52YXMlMjIlMkMlMjJwYXJ0T2YlMjIlM0ElNUIlN0IlMjJpZCUy"
    "MiUzQSUyMmh0dHBzJTNBJTJGJTJGbWwuZXhhbXBsZS5vcmclMkZpaWlmJTJGdjMlMkZtJTJGazNmOSUyRm1hbmlmZXN0Lmpzb24lMjIlMkMlMjJ0eX"
    "BlJTIyJTNBJTIyTWFuaWZlc3QlMjIlN0QlNUQlN0Q"
)
"""Made by another implementation (encodeURIComponent and base64url of a browser)."""


def test_the_encoding_is_that_of_the_specification_byte_for_byte() -> None:
    state = canvas_state(
        "https://museum.example.net/iiif/album7/canvas/3",
        "https://ml.example.org/iiif/v3/m/k3f9/manifest.json",
        (412, 903, 655, 720),
    )
    assert encode(state) == WORKED
    assert decode(WORKED) == state


@given(st.dictionaries(st.text(), st.text() | st.integers(-(2**53), 2**53) | st.lists(st.text()), max_size=5))
def test_what_is_encoded_is_decoded(state: dict[str, Any]) -> None:
    text = encode(state)
    assert decode(text) == state
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "text",
    [
        orjson.dumps(canvas_state(CANVAS, MANIFEST)).decode(),
        base64.b64encode(orjson.dumps(canvas_state(CANVAS, MANIFEST))).decode(),
        base64.urlsafe_b64encode(
            quote(orjson.dumps(canvas_state(CANVAS, MANIFEST)).decode(), safe="").encode()
        ).decode(),
        f"  {encode(canvas_state(CANVAS, MANIFEST))}\n",
    ],
)
def test_other_encodings_that_occur_are_read(text: str) -> None:
    assert place(decode(text)) == Place(MANIFEST, CANVAS)


def test_a_uri_is_not_encoded_and_an_encoded_one_is_read_too() -> None:
    assert decode(MANIFEST) == MANIFEST == decode(encode(MANIFEST))
    assert place(MANIFEST) == Place(MANIFEST)


FORMS: list[Any] = [
    canvas_state(CANVAS, MANIFEST, (4, 9, 6, 7)),
    {"type": "Annotation", "motivation": "contentState", "target": canvas_state(CANVAS, MANIFEST, (4, 9, 6, 7))},
    {"motivation": ["contentState"], "target": [canvas_state(CANVAS, MANIFEST, (4, 9, 6, 7)), "https://example.org/x"]},
    {
        "type": "SpecificResource",
        "source": {"id": CANVAS, "type": "Canvas", "partOf": PART},
        "selector": {"type": "FragmentSelector", "value": "xywh=4,9,6,7"},
    },
    {
        "type": "SpecificResource",
        "source": CANVAS,
        "partOf": {"id": MANIFEST, "type": "Manifest"},
        "selector": [
            {"type": "SvgSelector", "value": "<svg/>"},
            {"type": "FragmentSelector", "value": "xywh=pixel:4,9,6,7"},
        ],
    },
    {"id": f"{CANVAS}#xywh=4.7,9.2,6.0,7.9", "type": "Canvas", "partOf": MANIFEST},
]


@pytest.mark.parametrize("state", FORMS)
def test_every_form_leads_to_the_same_place(state: Any) -> None:
    assert place(state) == HERE


def test_a_manifest_and_a_range_are_opened_as_a_whole() -> None:
    assert place({"id": MANIFEST, "type": "Manifest"}) == Place(MANIFEST)
    assert place({"id": "https://example.org/range/1", "type": "Range", "partOf": PART}) == Place(MANIFEST)


@pytest.mark.parametrize(
    "fragment",
    ["xywh=percent:1,2,3,4", "xywh=1,2,0,4", "t=3", "xywh=1,2,3", "xywh=-1,2,3,4", f"xywh={'9' * 5000},2,3,4", ""],
)
def test_a_region_that_is_none_leaves_the_canvas(fragment: str) -> None:
    assert place({"id": f"{CANVAS}#{fragment}", "type": "Canvas", "partOf": PART}) == Place(MANIFEST, CANVAS)


@pytest.mark.parametrize(
    "text", ["", "%%%", "e30x", "A", "*" * 10, "bm90IGpzb24", "A" * (LONGEST + 1), "W10", "\0", "é"]
)
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(BadState):
        place(decode(text))


@given(st.text(max_size=200))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        found = place(decode(text))
    except BadState:
        return
    assert found.manifest


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
)
KEYS = st.sampled_from(["id", "type", "source", "selector", "target", "partOf", "value", "motivation"])


@given(st.dictionaries(KEYS, JUNK | st.dictionaries(KEYS, JUNK), max_size=6))
def test_no_json_does_more_than_be_refused(state: dict[str, Any]) -> None:
    try:
        found = place(state)
    except BadState:
        return
    assert isinstance(found.manifest, str)
