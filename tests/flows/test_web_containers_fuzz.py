"""Whatever is sent to the doors of annotations, no answer is a 500."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.prefer import FORMS
from tests.web import WebRoom

ANNO = "http://www.w3.org/ns/anno.jsonld"
LATIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=30)


def pieces(*parts: str) -> st.SearchStrategy[str]:
    """Headers made of what such headers are made of, and of anything."""
    return st.lists(st.sampled_from(parts) | LATIN, max_size=8).map("".join)


ACCEPT = pieces(
    "*/*", "text/turtle", "application/n-quads", "application/ld+json", ";q=", "0", "1", ".5", ",", " ", '"'
)
PREFER = pieces("return=representation", ";", " ", "include=", '"', ",", *FORMS)
MATCH = pieces('"', "W/", "*", ",", " ", "-", "abc")
SLUG = pieces("a", "%C3%A9", "%", "/", "..", " ", "annotot", "abcdefghijkl-0123456789abcdef-0")


@pytest.fixture(scope="module")
def canvas(web: WebRoom, source: str) -> str:
    return web.services.sources.manifest(web.services.sources.open(source)).canvases[0].id


def note(target: Any, **members: Any) -> dict[str, Any]:
    return {"@context": ANNO, "type": "Annotation", "target": target} | members


@settings(max_examples=150)
@given(
    method=st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]),
    path=st.sampled_from(["", "mine", "gone", "abcdefghijkl-0123456789abcdef-0", "?iris=1", "?iris=0&page=0"]),
    accept=ACCEPT, prefer=PREFER, match=MATCH, slug=SLUG,
    media=st.sampled_from(["application/ld+json", "application/json", "text/plain", ""]) | LATIN,
)  # fmt: skip
def test_headers(
    web: WebRoom,
    source: str,
    canvas: str,
    method: str,
    path: str,
    accept: str,
    prefer: str,
    match: str,
    slug: str,
    media: str,
) -> None:
    for name in ("mine", "gone"):
        if web.room.store.annotations.get(source, name) is None:
            web.client.post(f"/annotations/{source}/", json=note(canvas), headers={"Slug": name})
            if name == "gone":
                web.client.delete(f"/annotations/{source}/{name}", headers={"If-Match": "*"})
    headers = {"Accept": accept, "Prefer": prefer, "If-Match": match, "If-None-Match": match, "Slug": slug}
    answer = web.client.open(
        f"/annotations/{source}/{path}",
        method=method,
        headers=headers | {"Content-Type": media},
        data=orjson.dumps(note(canvas)),
    )
    assert answer.status_code < 500, answer.text


TEXT = st.text(max_size=10)
WORDS = st.sampled_from(
    [
        "id",
        "type",
        "body",
        "target",
        "motivation",
        "created",
        "creator",
        "selector",
        "source",
        "value",
        "format",
        "items",
        "language",
        "bodyValue",
        "via",
        "@context",
        "@id",
        "@type",
        "@value",
        "@language",
        "@graph",
        "@reverse",
        "@list",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
    | st.sampled_from(["Annotation", "TextualBody", "SvgSelector", "FragmentSelector", "SpecificResource", "CANVAS"])
    | st.sampled_from([ANNO, "CANVAS#xywh=1,2,3,4", "<svg><path d='M1 1'/></svg>", "xywh=1,2,3,4"])
    | st.sampled_from(["urn:a:b c", "urn:a:b", "_:b0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | TEXT, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200)
@given(members=st.dictionaries(WORDS, VALUES, max_size=5))
@example({"@context": [ANNO, {"x": "urn:x:y z"}], "x": {"@value": "a", "@language": "a b"}})
@example({"@context": [ANNO, {"@vocab": "urn:v:"}], "a b<>": {"@value": "\x00\u2028", "@type": "urn:t t"}})
def test_bodies(web: WebRoom, source: str, canvas: str, members: dict[str, Any]) -> None:
    body = json.dumps(note(canvas) | members).encode("utf-8", "surrogatepass").replace(b"CANVAS", canvas.encode())
    headers = {"Content-Type": "application/ld+json"}
    answer = web.client.post(f"/annotations/{source}/", data=body, headers=headers)
    assert answer.status_code in (201, 400, 409), answer.text
    envelope = b'{"annotation":{"data":' + body + b"}}"
    assert web.client.post(f"/annotot/{source}", data=envelope, headers=headers).status_code in (200, 400)
    if answer.status_code != 201:
        return
    uri = answer.headers["Location"]
    told = answer.get_json(force=True)
    for form in ("application/ld+json", "application/n-quads", "text/turtle"):
        assert web.client.get(uri, headers={"Accept": form}).status_code == 200
    again = web.client.put(uri, json=told, headers={"If-Match": answer.headers["ETag"]})
    assert again.status_code == 200, (again.text, told)
    changed = again.get_json(force=True)
    assert {**changed, "modified": 0, "@context": 0} == {**told, "modified": 0, "@context": 0}, (
        "its own form is kept as it is"
    )


@settings(max_examples=60)
@given(data=st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_bytes(web: WebRoom, source: str, data: bytes) -> None:
    for path in (f"/annotations/{source}/", f"/annotot/{source}"):
        answer = web.client.post(path, data=data, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), answer.text
    assert web.client.delete(f"/annotot/{source}/{data.hex() or 'x'}").status_code in (404, 405)
