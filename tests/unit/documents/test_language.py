"""Texts between versions."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.language import appended, is_language_map, language_map, plain, value2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Book", {"none": ["Book"]}),
        ("", {"none": [""]}),
        (7, {"none": ["7"]}),
        (True, {"none": ["true"]}),
        (["a", "b"], {"none": ["a", "b"]}),
        ({"@value": "Buch", "@language": "de"}, {"de": ["Buch"]}),
        ({"@value": ["a", "b"]}, {"none": ["a", "b"]}),
        ([{"@value": "Buch", "@language": "de"}, "Book"], {"de": ["Buch"], "none": ["Book"]}),
        ({"@none": ["Book"]}, {"none": ["Book"]}),
        ({"en": "Book"}, {"en": ["Book"]}),
        ({"en": ["Book"], "de": ["Buch", 2]}, {"en": ["Book"], "de": ["Buch", "2"]}),
        ({"a b": {"c": 1}}, {"none": ['{"a b": {"c": 1}}']}),
        ({"@language": "de"}, None),
        ({}, None),
        ([], None),
        (None, None),
        ({"@value": None}, None),
    ],
)
def test_any_text_becomes_a_language_map(value: Any, expected: Any) -> None:
    found = language_map(value)
    assert found == expected
    assert expected is None or is_language_map(found)


@pytest.mark.parametrize("value", ["Book", {}, {"en": "Book"}, {"en": [1]}, {"@none": ["x"]}, ["x"], None])
def test_what_is_no_language_map(value: Any) -> None:
    assert not is_language_map(value)


@pytest.mark.parametrize("value", [{"none": ["a"]}, {"de": ["a", "b"], "none": ["c"]}, {"en": ["a"], "de": ["b"]}])
def test_there_and_back(value: Any) -> None:
    assert language_map(value2(value)) == value


def test_one_text_for_people() -> None:
    assert plain({"de": ["Buch"], "en": [" Book "]}) == "Book"
    assert plain({"de": ["Buch"]}) == "Buch"
    assert plain({"fr": [], "de": ["Buch"]}) == "Buch"
    assert plain(None) == ""


def test_what_is_appended_hides_no_language() -> None:
    found = appended({"de": ["Museum"], "fr": ["Musée"]}, "ours")
    assert found == {"de": ["Museum", "ours"], "fr": ["Musée", "ours"]}
    assert appended({}, "ours") == {"en": ["ours"]}
