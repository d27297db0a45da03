"""Media types by version (specs 0.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.negotiation import media_type, preference, presentation_version

LD3 = 'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"'
LD2 = 'application/ld+json;profile="http://iiif.io/api/presentation/2/context.json"'
PLAIN = "application/json"


@pytest.mark.parametrize(
    ("accept", "in_3", "in_2"),
    [
        ("", LD3, PLAIN),
        ("*/*", LD3, PLAIN),
        ("application/json", PLAIN, PLAIN),
        ("application/ld+json", LD3, LD2),
        (LD2, LD3, LD2),
        ("application/json, application/ld+json", LD3, PLAIN),  # Clover
        ("application/ld+json, application/json;q=0.9", LD3, LD2),
        ("application/json, */*;q=0.5", PLAIN, PLAIN),
        ("application/*", LD3, PLAIN),
        ("APPLICATION/LD+JSON", LD3, LD2),
        ("text/html,application/xhtml+xml,*/*;q=0.8", LD3, PLAIN),
        ("image/png", LD3, PLAIN),
        ("application/ld+json;q=0, application/json", PLAIN, PLAIN),
    ],
)
def test_each_version_has_its_own_default(accept: str, in_3: str, in_2: str) -> None:
    wanted = preference(accept, "")
    assert media_type(wanted, "3") == in_3
    assert media_type(wanted, "2") == in_2


@pytest.mark.parametrize(
    ("encoding", "zipped"),
    [("", False), ("gzip, deflate, br", True), ("gzip;q=0", False), ("*", True), ("br", False), ("identity", False)],
)
def test_gzip_is_used_only_when_it_is_taken(encoding: str, zipped: bool) -> None:
    assert preference("", encoding).zipped is zipped


@pytest.mark.parametrize(
    ("accept", "version"),
    [
        ("", "3"),
        (LD3, "3"),
        (LD2, "2"),
        (f"{LD3};q=0.5, {LD2}", "2"),
        (f"{LD2};q=0.5, {LD3}", "3"),
        ('application/ld+json;profile="http://iiif.io/api/presentation/4/context.json"', "3"),
    ],
)
def test_the_neutral_url_follows_the_profile(accept: str, version: str) -> None:
    assert presentation_version(accept) == version


@given(st.text(max_size=80), st.text(max_size=40))
def test_any_header_gets_an_answer(accept: str, encoding: str) -> None:
    wanted = preference(accept, encoding)
    assert media_type(wanted, "3") in (LD3, PLAIN)
    assert media_type(wanted, "2") in (LD2, PLAIN)
    assert presentation_version(accept) in ("2", "3")
