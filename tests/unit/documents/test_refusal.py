"""A publisher's statement against use by machines."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.refusal import refusal


@pytest.mark.parametrize(
    "document",
    [
        {"rights": "https://www.wikidata.org/wiki/Q127515163"},
        {"rights": "http://www.wikidata.org/entity/Q127516405"},
        {"rights": ["https://www.wikidata.org/wiki/Q127518037"]},
        {"requiredStatement": {"value": {"en": ["See https://www.wikidata.org/wiki/Q127515163"]}}},
        {"requiredStatement": {"value": {"en": ["Museum. Images may not be used to train artificial intelligence."]}}},
        {"requiredStatement": {"value": {"en": ["All rights reserved, including for text and data mining and AI."]}}},
        {"metadata": [{"value": {"none": ["noai, noimageai"]}}]},
        {"metadata": [{"value": {"de": ["Die Nutzung für KI ist nicht gestattet."]}}]},
        {"metadata": [{"value": {"en": ["Use for machine learning is prohibited without prior consent"]}}]},
        {"metadata": [{"value": {"de": ["Durch Künstliche Intelligenz: nutzung untersagt"]}}]},
        {"metadata": [{"value": {"de": ["Training von künstlicher Intelligenz ist untersagt."]}}]},
        {"metadata": [{"value": {"fr": ["L'utilisation pour l'intelligence artificielle est interdite."]}}]},
    ],
)
def test_refusals(document: Any) -> None:
    assert refusal(document)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"rights": "http://creativecommons.org/licenses/by-nd/4.0/"},
        {"rights": "https://www.wikidata.org/wiki/Q127516763"},
        {"requiredStatement": {"value": {"en": ["All rights reserved."]}}},
        {"requiredStatement": {"value": {"en": ["May not be sold. Described with artificial intelligence."]}}},
        {"metadata": [{"value": {"ja": ["no aikido"]}}, {"value": {"it": ["ai lettori"]}}, {"value": {"en": ["AI"]}}]},
        {"metadata": "rubbish", "rights": 7, "requiredStatement": ["x"]},
    ],
)
def test_no_refusals(document: Any) -> None:
    assert refusal(document) is None


def test_only_the_sentence_is_told() -> None:
    text = "From the museum. It may not be used for machine learning! Enjoy."
    document = {"requiredStatement": {"value": {"en": [text]}}}
    assert refusal(document) == "It may not be used for machine learning!"


@pytest.mark.parametrize("words", ["may not ", "künstliche", "without ", "without a", "no", "AI ", "Q"])
def test_a_very_long_text_is_no_trap(words: str) -> None:
    text = words * 200_000
    assert refusal({"requiredStatement": {"value": {"en": [text]}}}) is None
