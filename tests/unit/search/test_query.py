"""The parameters of a question, and what is made of odd ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_store.search.query import LONGEST, BadQuestion, Clause, Query, clauses, parse, stamp

BASE = "https://glossator.example/x"


def words(*asked: tuple[str, ...]) -> tuple[Clause, ...]:
    return tuple(Clause(one) for one in asked)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("", ()),
        ("  ", ()),
        ("iſt  Da", words(("ist",), ("da",))),
        ('"ex libris" Joannis', words(("ex", "libris"), ("ioannis",))),
        ("„zu Hause“ «la vie»", words(("zu", "hause"), ("la", "uie"))),
        ('"not closed', words(("not", "closed"))),
        ("l'homme", words(("l", "homme"))),
        ("da da", words(("da",))),
        ("foo *", words(("foo",))),
        ('*"^- " NOT', words(("not",))),
        ("***", words(())),
        ("http://www.wikidata.org/entity/Q1 map", (Clause((), "http://www.wikidata.org/entity/Q1"), Clause(("map",)))),
    ],
)
def test_words_phrases_and_uris(q: str, expected: tuple[Clause, ...]) -> None:
    assert clauses(q) == expected


@pytest.mark.parametrize("q", ["x" * (LONGEST + 1), " ".join(f"w{n}" for n in range(33)), '"' + "a b " * 20 + '"'])
def test_a_question_may_not_be_of_any_length(q: str) -> None:
    with pytest.raises(BadQuestion, match="q has"):
        clauses(q)


@given(st.text(max_size=LONGEST))
def test_any_text_is_a_question_or_too_long(q: str) -> None:
    try:
        clauses(q)
    except BadQuestion:
        assert len(q.split()) > 8 or len(q) > 32


def test_motivations_of_both_versions() -> None:
    assert parse({"motivation": "oa:commenting tagging"}, BASE).motivations == {"commenting", "tagging"}
    assert parse({"motivation": "painting"}, BASE).motivations == {"painting", "supplementing"}
    other = parse({"motivation": "non-painting"}, BASE)
    assert (other.motivations, other.without) == (None, {"painting", "supplementing"})
    assert parse({"motivation": "non-painting supplementing"}, BASE).without == {"painting"}
    assert parse({"motivation": "painting non-painting"}, BASE) == Query()
    assert parse({"motivation": " "}, BASE) == Query()


def test_users_are_uris_and_ours_are_known_under_any_base() -> None:
    asked = parse({"user": f"{BASE}/models/a/1 https://orcid.org/1 {BASE}z/models"}, BASE)
    assert asked.users == {"/models/a/1", "https://orcid.org/1", f"{BASE}z/models"}


def test_dates_are_spans_in_utc() -> None:
    asked = parse({"date": "2020-01-01T00:00:00Z/2021-01-01T02:00:00+02:00 0800-12-25/0800-12-25"}, BASE)
    assert asked.dates == (
        ("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"),
        ("0800-12-25T00:00:00Z", "0800-12-25T23:59:59Z"),
    )


@pytest.mark.parametrize(
    "date", ["2020", "x/y", "2020-01-01", "/", "2020-13-01/2020-14-01", "0001-01-01T00:00:00+14:00/x", "\0/\0"]
)
def test_a_date_that_is_none_is_refused_with_the_form_it_has(date: str) -> None:
    with pytest.raises(BadQuestion, match="YYYY-MM-DDThh:mm:ssZ/YYYY"):
        parse({"date": date}, BASE)


def test_times_are_compared_in_one_form() -> None:
    assert stamp("2020-01-01T01:00:00.5+01:00") == "2020-01-01T00:00:00Z"
    assert stamp("yesterday") == stamp("") == stamp("0001-01-01T00:00:00+14:00") == ""
