"""Which representation of a container is preferred, and whether any form of an annotation is acceptable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.negotiation import acceptable, preference
from server.prefer import FORMS, form_of

LDP, OA = "http://www.w3.org/ns/ldp#", "http://www.w3.org/ns/oa#"


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("", None),
        ("return=minimal", None),
        ("respond-async", None),
        (f'return=representation;include="{LDP}PreferMinimalContainer"', "minimal"),
        (f'return=representation; include="{OA}PreferContainedIRIs"', "iris"),
        (f"return=representation; include={OA}PreferContainedIRIs", "iris"),
        (f'respond-async, return=representation; Include = "{OA}PreferContainedDescriptions"', "descriptions"),
        (f'return=representation; include="{LDP}PreferMinimalContainer {OA}PreferContainedIRIs"', "iris"),
        (f'return=representation; include="{OA}PreferContainedIRIs {OA}PreferContainedDescriptions"', "descriptions"),
        (f'return=representation; include="{LDP}PreferMembership"', None),
        (f'return=representation; omit="{OA}PreferContainedIRIs"', None),
    ],
)
def test_forms(header: str, form: str | None) -> None:
    assert form_of(header) == form


@given(st.text() | st.lists(st.sampled_from(["include", "=", '"', ";", ",", " ", *FORMS])).map("".join))
def test_any_header_has_a_form_or_none(header: str) -> None:
    assert form_of(header) in (None, *FORMS.values())


@pytest.mark.parametrize(
    ("accept", "graph"),
    [
        ("", None),
        ("*/*", None),
        ("text/turtle", "text/turtle"),
        ("application/n-quads", "application/n-quads"),
        ("text/turtle, */*;q=0.1", "text/turtle"),
        ("text/turtle;q=0.5, application/ld+json", None),
        ("text/turtle, application/ld+json;q=0.5", "text/turtle"),
        ("text/turtle, application/ld+json", None),
        ("text/turtle;q=0.5, */*", None),
        ("text/turtle;q=0", None),
        ("text/*", None),
        ("application/n-quads, text/turtle;q=0.9", "application/n-quads"),
    ],
)
def test_rdf_is_given_where_it_is_named_and_wanted_more(accept: str, graph: str | None) -> None:
    assert preference(accept, "").graph == graph


@pytest.mark.parametrize(
    ("accept", "good"),
    [
        ("", True),
        ("*/*", True),
        ("text/html, */*;q=0.8", True),
        ("application/json", True),
        ("text/turtle", True),
        ("image/png", False),
        ("text/html", False),
        ("*/*;q=0", False),
        ("application/ld+json;q=0", False),
    ],
)
def test_what_no_annotation_can_be(accept: str, good: bool) -> None:
    assert acceptable(accept) == good
