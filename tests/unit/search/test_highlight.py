"""What of a text answers a question, quoted as it stands there."""

from __future__ import annotations

from iiif_store.search.flow import Readable
from iiif_store.search.highlight import CONTEXT, form, hits
from iiif_store.search.query import Query, clauses

TEXT = [Readable((line,), True) for line in ("Die Wahr-", "heit iſt gut", "und ſchoͤn iſt ſie", "fein")]


def quoted(q: str, n: int, entries: list[Readable] = TEXT) -> list[list[tuple[str, str, str]]]:
    return [[(quote.prefix, quote.exact, quote.suffix) for quote in hit] for hit in hits(Query(clauses(q)), entries, n)]


def test_a_quote_is_the_text_and_not_the_question() -> None:
    assert quoted("SCHON", 2) == [[("und ", "ſchoͤn", " iſt ſie")]]


def test_each_occurrence_is_a_hit() -> None:
    assert quoted("ist und", 2) == [[("", "und", " ſchoͤn iſt ſie")], [("und ſchoͤn ", "iſt", " ſie")]]


def test_a_broken_word_is_quoted_from_both_lines() -> None:
    assert quoted("wahrheit", 0) == [[("Die ", "Wahr", "-"), ("", "heit", " iſt gut")]]
    assert quoted("wahrheit", 1) == []
    assert quoted("heit", 1) == [[("", "heit", " iſt gut")]]


def test_a_phrase_over_lines_is_one_hit() -> None:
    assert quoted('"wahrheit ist"', 0) == [[("Die ", "Wahr", "-"), ("", "heit iſt", " gut")]]
    assert quoted('"gut und schön"', 1) == [[("heit iſt ", "gut", ""), ("", "und ſchoͤn", " iſt ſie")]]


def test_a_phrase_may_end_in_a_word_that_is_broken_again() -> None:
    entries = [Readable((line,), True) for line in ("wo ge-", "ſagt, un-", "ver-", "drosſen und")]
    assert quoted('"gesagt unverdrossen"', 0, entries) == [
        [("wo ", "ge", "-"), ("", "ſagt, un", "-"), ("", "ver", "-"), ("", "drosſen", " und")]
    ]


def test_an_f_is_found_for_an_s_and_not_the_other_way() -> None:
    assert quoted("sein", 3) == [[("", "fein", "")]]
    assert quoted("fie", 2) == []


def test_phrases_do_not_run_over_what_does_not_flow() -> None:
    labels = [Readable(("map", "of"), True), Readable(("seal",)), Readable(("seal",))]
    assert quoted('"map of"', 0, labels) == []
    assert quoted('"seal seal"', 1, labels) == []


def test_context_is_cut_between_words() -> None:
    long = [Readable((" ".join(["lorem"] * 40 + ["hit"] + ["ipsum"] * 40),))]
    [[(prefix, exact, suffix)]] = quoted("hit", 0, long)
    assert exact == "hit" and 0 < len(prefix) <= CONTEXT and 0 < len(suffix) <= CONTEXT
    assert set(prefix.split()) == {"lorem"} and set(suffix.split()) == {"ipsum"}


def test_the_form_of_a_word_is_that_of_the_text() -> None:
    assert form("ist", TEXT, 1) == "iſt"
    assert form("uuahrheit", TEXT, 0) == "Wahrheit"
    assert form("uuahr", TEXT, 0) == "Wahr"
    assert form("nowhere", TEXT, 0) is None
