"""Words in the form in which they are compared, and where each of them stands in the text as it was found.

What is folded, in texts and in questions alike:

- case, compatibility forms (long s, ligatures of Unicode) and diacritics, among them the small e above of old umlauts.
  Composed and decomposed text fold to the same words.
- ligatures and abbreviations with one meaning: æ œ ø; the per, pro, con, us and que of Latin prints; & as the word
  "et"; and the characters of the Medieval Unicode Font Initiative with which transcriptions of Fraktur write tz, ck,
  ct, ſſ, ſi and aͤ oͤ uͤ. (The ch of Fraktur has none: it is transcribed as two letters.)
- u and v, i and j, and vv as w, which printers before about 1700 did not tell apart ("vniuers", "iour"). The price is
  that the few pairs of words that differ in nothing else are found together.

What is not: a tilde for m or n falls away and is not resolved, ü is u and not ue, and words are not stemmed.

Han and Kana are words of one character each, so that a word of several is looked for as a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

_TABLE = """
æ=ae œ=oe ø=o ð=d þ=th ł=l đ=d ħ=h ı=i ꝛ=r ꝓ=pro ꝑ=per ꝯ=con ꝰ=us ꝗ=que ꝙ=que ꝩ=u &=et ⁊=et v=u j=i w=uu
\ue42c=a \ue644=o \ue72b=u \ue8bf=que \ueba2=si \ueba3=sl \ueba6=ss \ueba7=ssi \ueec4=ck \ueec5=ct \ueedc=tz
"""
_LETTERS: dict[str, str] = dict(re.findall(r"(\S)=(\S+)", _TABLE))
"""After case and compatibility forms are folded."""

_JOINERS = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
"""What may stand in a word and is no part of it."""
_ALONE = re.compile(
    "[&⁊\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f"
    "\U00020000-\U0003ffff]"
)
"""Characters that are words."""
_MOST = 32
"""Spellings of one phrase that are looked for."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: folded, and from where to where it stands there, in code points."""

    folded: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of a text in order."""
    found: list[Word] = []
    folded, start, end = "", 0, 0
    for n, character in enumerate(text):
        part, alone = folded_character(character)
        if part is None:
            end += folded != "" and end == n  # a mark belongs to the letter before it
            continue
        if folded and (not part or alone):
            found.append(Word(folded, start, end))
            folded = ""
        if alone:
            found.append(Word(part, n, n + 1))
        elif part:
            start = start if folded else n
            folded, end = folded + part, n + 1
    return [*found, Word(folded, start, end)] if folded else found


def fold(text: str) -> tuple[str, ...]:
    """The words alone."""
    return tuple(word.folded for word in words(text))


@lru_cache(maxsize=8192)
def folded_character(character: str) -> tuple[str | None, bool]:
    """What a character is compared as: "" for what parts words, None for what counts for nothing. And whether it is a
    word of its own."""
    if character in _JOINERS or _is_mark(character):
        return None, False
    if character in _LETTERS:
        return _LETTERS[character], _ALONE.match(character) is not None
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    folded = "".join(_LETTERS.get(part, part) for part in plain if part in _LETTERS or _is_letter(part))
    return folded, folded != "" and _ALONE.match(character) is not None


@lru_cache(maxsize=1024)
def spellings(phrase: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The folded words, and how a machine may have read them: an s that is not the last letter was a long s, which is
    taken for an f in Fraktur and in old Antiqua. Only this confusion: it is by far the most frequent, and it is looked
    for in one direction, so that "sein" finds "fein" but "fein" finds no "sein". Of a phrase with more than 32
    spellings the first 32, those with the fewest f at its beginning."""
    return tuple(islice(product(*map(_spellings, phrase)), _MOST))


def _spellings(word: str) -> list[str]:
    if word[:-1].count("s") > 4:
        return [word, word[:-1].replace("s", "f") + word[-1]]
    return [
        "".join(letters) + word[-1] for letters in product(*["sf" if letter == "s" else letter for letter in word[:-1]])
    ]


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me")


def _is_letter(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LN" or category in ("Mc", "Co")
