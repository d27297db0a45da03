"""Texts between versions."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.language import appended, is_language_map, language_map, plain, unmarked, value2


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


@pytest.mark.parametrize(
    ("marked", "bare"),
    [
        ("<p>a &lt; <b>b</b><br/>c</p>", "a < bc"),
        ("a <i\nclass='x'>b</i>", "a b"),
        ("1 < 2 and 3 > 2 <b>x</b>", "1  2 x"),
        ("<" * 200_000, "<" * 200_000),
    ],
)
def test_text_without_its_marks(marked: str, bare: str) -> None:
    assert unmarked(marked) == bare


def test_one_text_for_people() -> None:
    assert plain({"de": ["Buch"], "en": [" Book "]}) == "Book"
    assert plain({"de": ["Buch"]}) == "Buch"
    assert plain({"fr": [], "de": ["Buch"]}) == "Buch"
    assert plain(None) == ""


def test_what_is_appended_hides_no_language() -> None:
    found = appended({"de": ["Museum"], "fr": ["Musée"]}, "ours")
    assert found == {"de": ["Museum", "ours"], "fr": ["Musée", "ours"]}
    assert appended({}, "ours") == {"en": ["ours"]}
