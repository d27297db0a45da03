"""What is compared as equal, what is not, and that every word still stands where it was found."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_store.search.folding import fold, spellings, words

EQUAL = [
    ("Wahrheit", "WAHRHEIT"),
    ("iſt", "ist"),
    ("Straße", "STRASSE"),
    ("ſchoͤn", "schön"),
    ("schon", "schön"),
    ("Gl\ue72bhen", "Glühen"),
    ("Pl\ue42ctzchen", "Plätzchen"),
    ("h\ue644rte", "hörte"),
    ("Pla\ueedc", "Platz"),
    ("ﬁne", "fine"),
    ("ﬅ", "st"),
    ("præſtat", "praestat"),
    ("Cœur", "coeur"),
    ("vtran\ue8bf", "utranque"),
    ("ꝓpoſe", "propose"),
    ("opꝰ", "opus"),
    ("vniuerſel", "universel"),
    ("iour", "jour"),
    ("VVas", "was"),
    ("ʳ", "r"),
    ("Ἀθήνη", "αθηνη"),
    ("λόγος", "ΛΟΓΟΣ"),
    ("ß\u00adchen", "sschen"),
    ("co\u200bop", "coop"),
    ("x²", "x2"),
    ("&", "et"),
    ("⁊", "et"),
    ("đ", "d"),
]

DIFFERENT = [("fein", "sein"), ("Mueller", "Müller"), ("cõme", "comme"), ("Haus", "Häuser"), ("eff", "ess")]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_spellings_of_one_word_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ()


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Die Wahr-", ["Die", "Wahr"]),
        ("l'homme d’vn", ["l", "homme", "d", "vn"]),
        ("Süd-Afrika", ["Süd", "Afrika"]),
        ("R&D", ["R", "&", "D"]),
        ("日本の本 abc", ["日", "本", "の", "本", "abc"]),
        ("u\u0301ber", ["u\u0301ber"]),
        ("1.234,5", ["1", "234", "5"]),
        ("", []),
        (" —!\0\t", []),
        ("שָׁלוֹם", ["שָׁלוֹם"]),
    ],
)
def test_words_are_quoted_as_they_were_found(text: str, expected: list[str]) -> None:
    assert [text[word.start : word.end] for word in words(text)] == expected


@given(st.text(max_size=80))
def test_any_text_has_words_in_order_within_it(text: str) -> None:
    end = 0
    for word in words(text):
        assert end <= word.start < word.end <= len(text)
        assert word.folded and not set(word.folded) & set(' _"*^\0')
        end = word.end


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_composed_and_decomposed_text_have_the_same_words(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(" ".join(once)) == once


def test_an_s_is_looked_for_as_an_f_too_but_not_at_the_end() -> None:
    assert spellings(("sein",)) == (("sein",), ("fein",))
    assert spellings(("das",)) == (("das",),)
    assert spellings(("fein",)) == (("fein",),)
    assert ("gefellfchaft",) in spellings(("gesellschaft",))
    assert spellings(("des", "sees")) == (("des", "sees"), ("des", "fees"))


def test_the_number_of_spellings_is_bounded() -> None:
    assert len(spellings(("mississippississippi",))) == 2
    many = spellings(("seele",) * 20)
    assert len(many) == 32 and many[0] == ("seele",) * 20
