"""Lines that are read in one: broken words, line ends, and what keeps phrases from running on."""

from __future__ import annotations

import pytest

from iiif_store.search.flow import Readable, Row, rows, uri_word


def lines(*texts: str) -> list[Readable]:
    return [Readable((text,), True) for text in texts]


def test_a_line_tells_its_last_word_when_the_next_goes_on() -> None:
    assert rows(lines("Die Welt", "iſt", "ſchoͤn")) == [
        Row("die uuelt _uuelt", ""),
        Row("ist _ist", ""),
        Row("schon", ""),
    ]


@pytest.mark.parametrize("hyphen", ["-", "¬", "⸗", "\u00ad", "‐", "=", "- "])
def test_a_broken_word_is_one_word_of_the_line_where_it_begins(hyphen: str) -> None:
    assert rows(lines(f"alle Schoͤn{hyphen}", "heit der")) == [
        Row("alle schonheit _schonheit", "schon"),
        Row("der", "heit"),
    ]


def test_a_word_may_be_broken_more_than_once() -> None:
    assert rows(lines("ge-", "ſell-", "ſchaft und")) == [
        Row("gesellschaft _gesellschaft", "ge"),
        Row("", "sell"),
        Row("und", "schaft"),
    ]


@pytest.mark.parametrize(
    ("end", "start", "joined"),
    [
        ("Suͤd-", "Afrika", False),
        ("KATA-", "LOG", True),
        ("vor –", "dem", False),
        ("1879-", "80", False),
        ("Wort", "heit", False),
        ("Vor-", "„und", False),
        ("-", "x", False),
    ],
)
def test_a_hyphen_joins_only_what_was_one_word(end: str, start: str, joined: bool) -> None:
    assert bool(rows(lines(end, start))[0].parts) == joined


def test_annotations_that_do_not_flow_are_each_for_itself() -> None:
    labels = [Readable(("illu-",)), Readable(("stration",)), Readable(("Ex libris",), True)]
    assert rows(labels) == [Row("illu", ""), Row("stration", ""), Row("ex libris", "")]


def test_several_texts_of_one_annotation_are_kept_apart() -> None:
    found = rows([Readable(("ex libris", "seal"), True), Readable(("Joannis",), True)])
    assert found == [Row("ex libris _libris _ seal", ""), Row("ioannis", "")]


def test_things_that_bodies_name_are_words_too() -> None:
    uri = "http://www.wikidata.org/entity/Q1"
    assert rows([Readable(("map",), False, (uri,))]) == [Row("map", uri_word(uri))]
    assert uri_word(uri) != uri_word(uri + "0")
