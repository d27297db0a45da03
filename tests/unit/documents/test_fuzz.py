"""Damaged documents: read or refused, never anything else, and what is read can be published."""

from __future__ import annotations

import copy
import random
from typing import Any

import orjson
import pytest

from iiif_store.errors import NoPicture, NotIIIF
from iiif_store.links import Version
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.shape import JSON
from iiif_store.source import Kind, Source, source_id
from tests.spec.corpus import SELECTION, Corpus, Entry

RUBBISH: list[Any] = [
    *(None, 0, -1, 1.5, True, "", "x", "#", "http://[", "99999999999999999999", 1e308, "#xywh=1,2,3,4"),
    *([], {}, [[]], [None], ["a", "b"], {"@id": 5}, {"id": []}, {"type": []}, {"@value": {}}, {"none": 1}),
    *({"type": "Choice", "items": "x"}, {"@type": "sc:Range", "ranges": ["x"]}, {"type": "Canvas"}),
    {"type": "SpecificResource", "source": {"type": "SpecificResource", "source": []}},
]
VERSIONS: tuple[Version, ...] = ("3", "2")
KEYS = ["items", "id", "@id", "type", "label", "service", "within", "structures", "annotations", "partOf", "metadata"]
KEYS += ["requiredStatement", "behavior", "body", "target", "selector", "thumbnail", "seeAlso", "sequences", "canvases"]


@pytest.mark.parametrize("seed", range(12))
def test_only_not_iiif_is_raised(seed: int) -> None:
    rng = random.Random(seed)
    documents = [orjson.loads(body) for _, body in Corpus(SELECTION).documents() if len(body) < 30_000]
    read = 0
    for _ in range(40):
        document = _damaged(copy.deepcopy(rng.choice(documents)), rng)
        try:
            found = parse(document, url="https://e.org/damaged")
        except NotIIIF as error:
            assert error.path.startswith("$")
            continue
        read += 1
        kind: Kind = "manifest" if isinstance(found, Manifest) else "collection"
        source = Source(source_id(found.id), found.id, kind, found.label, (), "", "", "2026-09-01T09:00:00Z")
        for version in VERSIONS:
            orjson.dumps(Entry("damaged", found, source).enriched(version))
        _look_at(found)
    assert read > 5


def _look_at(found: Any) -> None:
    assert found.refusal is None or isinstance(found.refusal, str)
    if not isinstance(found, Manifest):
        assert all(isinstance(member.id, str) for member in found.members)
        return
    for canvas in found.canvases:
        assert found.canvas(canvas.key) is canvas
        try:
            assert canvas.painted().reference
        except NoPicture:
            continue


def _damaged(document: JSON, rng: random.Random) -> JSON:
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        places = list(_places(document))
        if not places:
            break
        holder, key = rng.choice(places)
        way = rng.random()
        if way < 0.35:
            del holder[key]
        elif way < 0.8:
            holder[key] = copy.deepcopy(rng.choice(RUBBISH))
        elif way < 0.9:
            other, place = rng.choice(places)
            holder[key] = copy.deepcopy(other[place])
        elif isinstance(holder, dict):
            holder[rng.choice(KEYS)] = holder[key]
    return document


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a document."""
    found: list[tuple[Any, Any]] = []
    todo = [value]
    while todo:
        holder = todo.pop()
        inner = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, item in inner:
            found.append((holder, key))
            todo.append(item)
    return found
