"""Values to try a store with, and Hypothesis strategies for readings."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from hypothesis import strategies as st

from iiif_store.reading import Reading, Recipe
from iiif_store.source import Layer, Source
from iiif_store.stores.base import Failure, Job, Token
from ml_backends.types import Box, Drawn, Finding, Polygon

DOCUMENT = b"{}"
"""The snapshot that `SOURCE` names."""
SOURCE = Source(
    id="abcdefghijkl",
    url="https://example.org/iiif/büch/manifest.json?x=1&y=2",
    kind="manifest",
    label="Das Buch der Bücher 書",
    layers=(Layer("illustrations", "illustrations"), Layer("p@1", "p", "1", 0.5, ("map", "initial"))),
    added="2025-03-01T10:00:00Z",
    snapshot=hashlib.sha256(DOCUMENT).hexdigest(),
    fetched="2025-03-01T10:00:00Z",
    presentation="2",
    policy="token",
    refusal="no machine reading, please",
    overridden=True,
    etag='W/"1"',
    last_modified="Sat, 01 Mar 2025 10:00:00 GMT",
    repairs=("label", "target"),
    canvases=12,
    snapshots=("1" * 64, "2" * 64),
    via="streamstream",
)
READING = Reading(
    recipe=Recipe("a" * 64, 0, "illustrations", "1.2", "b" * 64, {"imgsz": 1280}),
    width=1000,
    height=1500,
    findings=(Finding("tagging", Box(1, 2, 3, 4), label="illustration", score=0.91),),
    started="2025-03-01T10:00:00Z",
    ended="2025-03-01T10:00:01Z",
)
FAILURE = Failure(
    "c" * 64, "illustrations", SOURCE.id, "canvas", "no answer", "picture", 1, "2025-03-01T10:00:00Z", None
)
JOB = Job("job-1", (SOURCE.id,), ("illustrations",), "queued", "2025-03-01T10:00:00Z")
TOKEN = Token("token-1", "the reading room's", "d" * 64, "2025-03-01T10:00:00Z")
HOSTILE = ("", ".", "..", "../VERSION", "a/b", "/etc/passwd", "x" * 300, "\0", "ü", ".lock")
"""What no row or file is called; some would lead out of the directory."""

documents = st.binary(max_size=200)
finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.none() | st.text(max_size=20)
boxes = st.builds(Box, finite, finite, finite, finite)
polygons = st.lists(st.tuples(finite, finite), min_size=3, max_size=6).map(lambda points: Polygon(tuple(points)))
findings = st.builds(
    Finding,
    motivation=st.sampled_from(["classifying", "tagging", "supplementing", "describing"]),
    region=st.none() | boxes | polygons,
    label=texts,
    text=texts,
    language=st.sampled_from([None, "de", "zh-Hant"]),
    concept=texts,
    score=st.none() | st.floats(0, 1),
    picture=st.none() | st.builds(Drawn, st.integers(1, 10**5), st.integers(1, 10**5)),
)
parameters = st.dictionaries(
    st.text(max_size=8), st.integers(-(2**53), 2**53) | finite | st.booleans() | texts, max_size=4
)
recipes = st.builds(Recipe, st.text(max_size=64), st.integers(0, 9), *[st.text(max_size=8)] * 3, parameters=parameters)
readings = st.builds(
    Reading,
    recipe=recipes,
    width=st.integers(1, 10**5),
    height=st.integers(1, 10**5),
    findings=st.lists(findings, max_size=5).map(tuple),
    started=st.text(max_size=20),
    ended=st.text(max_size=20),
    inputs=st.lists(st.text(max_size=20), max_size=3).map(tuple),
    digest=st.text(max_size=64),
    device=st.text(max_size=8),
    software=st.text(max_size=8),
)


def nth_reading(number: int) -> Reading:
    """Another reading for every number."""
    return replace(READING, recipe=replace(READING.recipe, generation=number))
