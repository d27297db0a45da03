"""Texts: the strings and language objects of version 2, the language maps of version 3."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from .shape import JSON, listed

LanguageMap = dict[str, list[str]]

_MARKUP = re.compile(r"<[^<>]*>")
_TAG = re.compile(r"^(@none|[A-Za-z][A-Za-z0-9-]*)$")


def language_map(value: Any) -> LanguageMap | None:
    """The language map of a text as any version writes it: text, number, {"@value", "@language"}, a list of these, or a
    map with single strings or the draft's "@none". None if there is no text in it."""
    found: LanguageMap = {}
    for item in listed(value):
        for language, text in _texts(item):
            found.setdefault(language, []).append(text)
    return found or None


def is_language_map(value: Any) -> bool:
    """Whether version 3 takes it as it is."""
    if not isinstance(value, dict) or not value or "@none" in value:
        return False
    return all(type(texts) is list and all(type(text) is str for text in texts) for texts in value.values())


def plain(value: Any) -> str:
    """One text for people: English, unmarked, or whatever comes first; "" if there is none."""
    texts = language_map(value) or {}
    for language in ("en", "none", *texts):
        if texts.get(language):
            return texts[language][0].strip()
    return ""


def unmarked(text: str, instead: str = "") -> str:
    """HTML as plain text, with `instead` in the place of each tag."""
    return html.unescape(_MARKUP.sub(instead, text))


def value2(texts: LanguageMap) -> Any:
    """A language map as version 2.1 writes it: a string if it can be one, else language objects (P2, 4.3)."""
    items: list[Any] = [
        text if language == "none" else {"@value": text, "@language": language}
        for language, found in texts.items()
        for text in found
    ]
    return items[0] if len(items) == 1 else items


def _texts(item: Any) -> list[tuple[str, str]]:
    if _is_scalar(item):
        return _of_map("none", item)
    if not isinstance(item, dict):
        return []
    if "@value" in item:
        language = item.get("@language")
        return _of_map(language if isinstance(language, str) and language else "none", item["@value"])
    if all(_TAG.match(key) and all(map(_is_scalar, listed(value))) for key, value in item.items()):
        return [pair for key, value in item.items() for pair in _of_map(key, value)]
    told = {key: value for key, value in item.items() if not key.startswith("@")}
    return [("none", json.dumps(told, ensure_ascii=False))] if told else []  # no text of any version: as it is


def _of_map(key: str, value: Any) -> list[tuple[str, str]]:
    language = "none" if key == "@none" else key
    texts = [text if isinstance(text, str) else json.dumps(text) for text in listed(value) if _is_scalar(text)]
    return [(language, text) for text in texts]


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | bool | int | float)


def appended(texts: JSON, text: str) -> JSON:
    """A language map with `text` after the texts of every language: a reader is shown one language only, so a new
    language of its own would hide the publisher's."""
    return {language: [*listed(found), text] for language, found in texts.items()} or {"en": [text]}
