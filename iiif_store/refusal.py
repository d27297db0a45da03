"""A publisher's statement that its images are not for machine learning (specs 8.3; cookbook recipe 0514, unmerged)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .language import language_map
from .shape import JSON, identifier, listed, objects

_STATEMENTS = {
    "Q127515163": "no use by artificial intelligence",
    "Q127516405": "no use of the images by artificial intelligence",
    "Q127518037": "use by artificial intelligence with consent only",
}
"""Wikidata's items for such rights. Q127516763, attribution, forbids nothing."""

_MOST = 10_000
"""Characters of one text that are read; a statement is a sentence or two."""

_ITEM = re.compile(r"wikidata\.org/(?:wiki|entity)/(Q\d+)")
_TAG = re.compile(r"\bno[-_]?(?:image[-_]?)?ai\b", re.IGNORECASE)
_MACHINES = re.compile(
    r"\bAI\b|\bKI\b|\bIA\b|(?i:artificial intelligence|machine[- ]learning|data[- ]mining|künstliche\w{0,3} intelligenz"
    r"|intelligence artificielle)"
)
_FORBIDS = re.compile(
    r"\b(?:may not|must not|not (?:be )?(?:permitted|allowed|used)|prohibit|forbid|reserved"
    r"|without (?:\w+ ){0,3}(?:consent|permission)|nicht gestattet|nicht erlaubt|untersagt|vorbehalten|interdit)",
    re.IGNORECASE,
)


def refusal(document: JSON) -> str | None:
    """The statement as found, in `rights`, `requiredStatement` or metadata of a Manifest or Collection of version 3;
    None if there is none. Takes a few plain sentences for one; an operator can overrule it."""
    rights = [uri for value in listed(document.get("rights")) if (uri := identifier(value))]
    for text in (text[:_MOST] for text in [*rights, *_texts(document)]):
        item = _ITEM.search(text)
        if item and item[1] in _STATEMENTS:
            return f"{_STATEMENTS[item[1]]} ({text})"
        for sentence in re.split(r"(?<=[.!?])\s|[\r\n]", text):
            if _TAG.search(sentence) or (_MACHINES.search(sentence) and _FORBIDS.search(sentence)):
                return sentence.strip()
    return None


def _texts(document: JSON) -> Iterator[str]:
    for entry in [*objects(document.get("requiredStatement")), *objects(document.get("metadata"))]:
        for texts in (language_map(entry.get("value")) or {}).values():
            yield from texts
