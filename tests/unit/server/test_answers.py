"""Kept answers: what makes one hold, and what a conditional request gets."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client, EnvironBuilder

from iiif_store.errors import StoreUnavailable
from server.answers import Answers, Validity, Warm, finish
from server.metrics import Metrics

BODY = b'{"id": "x"}' * 400


class Stamps:
    """A store's stamps, to be changed by hand."""

    def __init__(self) -> None:
        self.now = 1

    def __call__(self, source: str) -> int:
        return self.now


def environ(path: str = "/iiif/3/x", **headers: str) -> dict[str, Any]:
    return EnvironBuilder(
        path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    ).get_environ()


def held(answers: Answers, request: dict[str, Any]) -> bytes | None:
    found = answers.get(request)
    return found[0].body if found else None


def test_an_answer_holds_until_the_row_of_its_source_changes() -> None:
    stamps = Stamps()
    answers = Answers(10**6, None, stamps)
    answers.put(environ(), finish(BODY, "application/json", zipped=False), Validity("s", stamps("s")))
    assert held(answers, environ()) == BODY
    stamps.now = 2
    assert held(answers, environ()) is None
    stamps.now = 1
    assert held(answers, environ()) is None, "what did not hold once is forgotten"


def test_an_answer_holds_until_its_time() -> None:
    answers = Answers(10**6, None, Stamps())
    answers.put(environ(), finish(BODY, "application/json", zipped=False), Validity("s", 1, until=0.0))
    assert held(answers, environ()) is None


def test_an_answer_does_not_hold_while_the_store_cannot_be_asked() -> None:
    def fails(source: str) -> int:
        raise StoreUnavailable("the disk is gone")

    answers = Answers(10**6, None, fails)
    answers.put(environ(), finish(BODY, "application/json", zipped=False), Validity("s", 1))
    assert held(answers, environ()) is None


@pytest.mark.parametrize(
    "other",
    [
        environ("/iiif/2/x"),
        environ(Accept="application/json"),
        environ(Accept_Encoding="gzip"),
        environ(Host="elsewhere.example"),
        environ() | {"SCRIPT_NAME": "/glosses"},
        environ() | {"wsgi.url_scheme": "https"},
    ],
)
def test_whatever_the_bytes_depend_on_is_told_apart(other: dict[str, Any]) -> None:
    answers = Answers(10**6, None, Stamps())
    answers.put(environ(), finish(BODY, "application/json", zipped=False), Validity("s", 1))
    assert held(answers, other) is None


def test_a_query_is_never_answered_from_memory() -> None:
    answers = Answers(10**6, None, Stamps())
    for path in ("/iiif/3/x", "/iiif/3/x?layers=a"):
        answers.put(environ(path), finish(BODY, "application/json", zipped=False), Validity("s", 1))
    assert held(answers, environ("/iiif/3/x?layers=a")) is None
    assert held(answers, environ()) == BODY


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3000)), max_size=60))
def test_the_room_is_never_exceeded_and_the_last_one_stays(puts: list[tuple[int, int]]) -> None:
    size = 20_000
    answers = Answers(size, None, Stamps())
    for name, length in puts:
        answers.put(environ(f"/{name}"), finish(b"x" * length, "text/plain", zipped=False), Validity("s", 1))
        assert held(answers, environ(f"/{name}")) == b"x" * length
    kept = [body for name in range(10) if (body := held(answers, environ(f"/{name}"))) is not None]
    assert sum(map(len, kept)) <= size


def test_what_would_fill_a_quarter_of_the_room_is_not_kept() -> None:
    answers = Answers(1000, None, Stamps())
    answers.put(environ(), finish(b"x" * 251, "text/plain", zipped=False), Validity("s", 1))
    assert held(answers, environ()) is None


def test_tags_are_strong_and_differ_with_bytes_form_and_coding() -> None:
    made = [
        finish(BODY, "application/json", zipped=False),
        finish(BODY + b" ", "application/json", zipped=False),
        finish(BODY, "application/ld+json", zipped=False),
        finish(BODY, "application/json", zipped=True),
    ]
    assert len({answer.etag for answer in made}) == 4
    assert not any(answer.etag.startswith("W/") for answer in made)
    assert finish(BODY, "application/json", zipped=True) == made[3]
    assert gzip.decompress(made[3].body) == BODY


def test_a_short_body_is_not_zipped() -> None:
    assert finish(b"{}", "application/json", zipped=True).body == b"{}"


@pytest.mark.parametrize("header", ["{}", "W/{}", '"other", {}', "*"])
def test_a_known_tag_gets_304_with_its_headers(header: str) -> None:
    given = [("Access-Control-Allow-Origin", "*"), ("Content-Location", "https://a.example/b")]
    answer = finish(BODY, "application/json", zipped=True, headers=given)
    status, headers, body = answer.reply("GET", header.format(answer.etag))
    names = {name for name, _ in headers}
    assert status.startswith("304") and body == b""
    assert {"ETag", "Vary", "Cache-Control", "Access-Control-Allow-Origin", "Content-Location"} <= names
    assert not {"Content-Type", "Content-Length", "Content-Encoding"} & names


def test_an_unknown_tag_gets_the_body() -> None:
    status, _, body = finish(BODY, "application/json", zipped=False).reply("GET", '"other"')
    assert status.startswith("200") and body == BODY


def test_warm_answers_do_not_reach_the_application() -> None:
    calls: list[str] = []
    answers = Answers(10**6, None, Stamps())

    def app(request: dict[str, Any], start: Any) -> list[bytes]:
        calls.append(request["REQUEST_METHOD"])
        start("200 OK", [])
        return [b"cold"]

    client = Client(Warm(app, answers, Metrics()))
    answers.put(environ("/x"), finish(BODY, "application/json", zipped=False), Validity("s", 1))
    assert client.get("/x").data == BODY
    head = client.head("/x")
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(BODY)))
    assert client.post("/x").data == b"cold"
    assert client.get("/y").data == b"cold"
    assert calls == ["POST", "GET"]
