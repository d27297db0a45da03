"""The table of errors."""

from __future__ import annotations

import logging
import re

import pytest
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound as NoRoute

from iiif_store import errors
from iiif_store.content_state import BadState
from iiif_store.export.formats import UnknownFormat
from iiif_store.image_api.request import BadImageRequest, NotOffered
from iiif_store.imports.sheets import Unreadable
from iiif_store.jsonld import BadJsonLd, UnknownContext
from iiif_store.search.query import BadQuestion
from iiif_store.stores.base import Failure
from iiif_store.unusable import ServerOwned, Unusable
from ml_backends.types import BackendUnavailable, UnknownBackend
from server.engine import types as engine
from server.engine.plan import PolicyForbids
from server.errors import TABLE, BadInput, NotComputed, OriginRefused, TokenNeeded, TooManyRequests, problem_of
from server.scans.selection import NotScans

FAILURE = Failure(
    "f" * 64, "illustrations", "abcdefghijkl", "mnopqrstuvwx", "it broke", "backend", 3, "2026-01-01T00:00:00Z", None
)

CASES = [
    (errors.NotIIIF("no items", path="$.items", url="https://a.example"), 422, "not-iiif"),
    (errors.FetchRefused("10.0.0.1 is private"), 403, "fetch-refused"),
    (errors.FetchFailed("down", url="https://a.example"), 502, "publisher-failed"),
    (errors.Restricted("login", url="https://a.example", status=401), 401, "restricted"),
    (errors.Restricted("login", url="https://a.example", status=403), 403, "restricted"),
    (errors.Gone("deleted"), 410, "gone"),
    (errors.NotFound("nothing"), 404, "not-found"),
    (errors.NoPicture("sound"), 404, "no-picture"),
    (errors.PictureRefused("degraded"), 403, "picture-refused"),
    (PolicyForbids("off"), 403, "policy-forbids"),
    (NotComputed("batch only"), 404, "not-computed"),
    (errors.StoreUnavailable("full"), 503, "store-unavailable"),
    (engine.StillComputing("at work", retry_after=5.0), 503, "still-computing"),
    (engine.EngineBusy("busy", retry_after=1.2), 503, "busy"),
    (engine.EngineUnavailable("none", retry_after=5.0), 503, "engine-unavailable"),
    (engine.ReadingFailed(FAILURE), 500, "backend-failed"),
    (BackendUnavailable("pip install x"), 501, "backend-unavailable"),
    (UnknownBackend("no backend 'x'"), 501, "unknown-backend"),
    (BadInput("url is missing"), 422, "bad-input"),
    (TokenNeeded("send a token"), 401, "token-needed"),
    (OriginRefused("evil.example"), 403, "origin-refused"),
    (TooManyRequests("slow down", retry_after=60.0), 429, "too-many-requests"),
    (Unusable("it has no target", "$.target"), 400, "unusable-annotation"),
    (UnknownContext("https://example.org/c is not shipped"), 400, "unknown-context"),
    (BadJsonLd("a loop"), 400, "bad-json-ld"),
    (ServerOwned("canonical stays"), 409, "server-owned"),
    (errors.Superseded("changed"), 412, "superseded"),
    (BadState("no URI"), 400, "bad-content-state"),
    (BadImageRequest("no pixels"), 400, "bad-image-request"),
    (NotOffered("no pdf"), 501, "not-offered"),
    (BadQuestion("too long"), 400, "bad-question"),
    (UnknownFormat("docx"), 404, "unknown-format"),
    (NotScans("no picture"), 422, "not-scans"),
    (Unreadable("cut off"), 422, "unreadable-file"),
]


@pytest.mark.parametrize(("error", "status", "slug"), CASES, ids=[slug for _, _, slug in CASES])
def test_each_error_is_told_by_the_table(error: Exception, status: int, slug: str) -> None:
    told = problem_of(error)
    document = told.document()
    assert (told.status, document["status"], document["type"]) == (status, status, f"urn:glossator:problem:{slug}")
    assert document["title"] and document["detail"]


def test_every_row_of_the_table_is_tried() -> None:
    assert {type(error) for error, _, _ in CASES} >= set(TABLE)


def test_slugs_are_unique_and_plain() -> None:
    slugs = [kind.slug for kind in TABLE.values()]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z-]+", slug) for slug in slugs)


def test_a_subclass_is_told_as_its_nearest_ancestor() -> None:
    class Unavailable(errors.FetchFailed):
        pass

    assert problem_of(Unavailable("down", url="https://a.example")).slug == "publisher-failed"


def test_not_iiif_names_the_path() -> None:
    assert problem_of(CASES[0][0]).document()["path"] == "$.items"


def test_a_failed_reading_tells_its_row() -> None:
    document = problem_of(engine.ReadingFailed(FAILURE)).document()
    assert (document["backend"], document["canvas"], document["count"]) == ("illustrations", "mnopqrstuvwx", 3)
    assert document["detail"] == "it broke"


@pytest.mark.parametrize(("wait", "seconds"), [(5.0, "5"), (1.2, "2"), (0.1, "1")])
def test_retry_after_is_whole_seconds_rounded_up(wait: float, seconds: str) -> None:
    for error in (engine.StillComputing("at work", retry_after=wait), TooManyRequests("slow", retry_after=wait)):
        assert ("Retry-After", seconds) in problem_of(error).headers


def test_an_unexpected_error_is_logged_and_withheld(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        told = problem_of(ZeroDivisionError("secret password"))
    assert (told.status, told.slug) == (500, "internal")
    assert "secret" not in str(told.document())
    assert caplog.records[0].exc_info and caplog.records[0].__dict__["instance"] == told.members["instance"]


@pytest.mark.parametrize(
    "error",
    [
        errors.StoreUnavailable("/srv/glossator/rows/a.json: cannot be used (No space left on device)"),
        engine.EngineUnavailable("No engine answers at tls://10.0.0.5:8786", retry_after=5.0),
    ],
)
def test_paths_and_addresses_of_this_machine_are_for_its_operators(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        told = problem_of(error)
    assert "/srv" not in str(told.document()) and "10.0.0.5" not in str(told.document())
    logged = caplog.records[0].__dict__
    assert (logged["error"], logged["instance"]) == (str(error), told.members["instance"])
    assert problem_of(error, whole=True).detail == str(error)
    assert told.headers == problem_of(error, whole=True).headers


def test_errors_of_the_framework_keep_their_status_and_headers() -> None:
    told = problem_of(MethodNotAllowed(valid_methods=["GET"]))
    assert (told.status, told.slug) == (405, "method-not-allowed")
    assert ("Allow", "GET") in told.headers
    assert problem_of(NoRoute()).slug == "not-found"
