"""What every door owes to HTTP: CORS with preflight, a path prefix, proxies, and an answer to any input."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web import STRANGER, WebRoom, web_room


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebRoom]:
    with web_room(tmp_path_factory.mktemp("http")) as room:
        yield room


@pytest.fixture(scope="module")
def source(web: WebRoom) -> str:
    return web.register()


OPEN = [
    "/iiif/3/collection",
    "/iiif/2/collection",
    "/iiif/{source}",
    "/iiif/3/{source}/manifest",
    "/iiif/2/{source}/manifest",
    "/iiif/3/{source}/layers/probe",
    "/iiif/3/{source}/{canvas}/probe",
    "/iiif/image/3/faictz-04/info.json",
    "/models/probe/1.0",
    "/ns/glossator/1/context.json",
    "/runs/" + "0" * 64,  # an error
    "/annotations/{source}/aaaaaaaaaaaa-0123456789abcdef-0",  # an error
    "/iiif/3/aaaaaaaaaaaa/manifest",  # an error
    "/iiif/no/such/route/at/all",  # an error of routing
]
CLOSED = ["/api/sources", "/api/backends", "/api/jobs", "/api/openapi.json", "/admin/", "/", "/healthz", "/metrics"]


def path_of(web: WebRoom, template: str, source: str) -> str:
    return template.format(source=source, canvas=web.page(source).split("/")[-2])


@pytest.mark.parametrize("template", OPEN)
def test_what_everybody_may_read_has_cors_on_every_answer(web: WebRoom, source: str, template: str) -> None:
    path = path_of(web, template, source)
    ask: dict[str, str] = {"Origin": "https://viewer.example"}
    for answer in (
        web.client.head(path, headers=ask),
        web.client.get(path, headers=ask),
        web.client.put(path, headers=ask),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        exposed = answer.headers["Access-Control-Expose-Headers"]
        for name in ("ETag", "Allow", "Vary", "Link", "Content-Type", "Location", "Content-Location", "Accept-Post"):
            assert name in exposed


@pytest.mark.parametrize("template", OPEN)
def test_a_preflight_is_answered(web: WebRoom, source: str, template: str) -> None:
    headers = {
        "Origin": "https://viewer.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "accept",
    }
    answer = web.client.options(path_of(web, template, source), headers=headers)
    assert answer.status_code in (200, 404)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"]
    assert all(name in allowed for name in ("Accept", "Content-Type", "If-None-Match", "Authorization", "Prefer"))
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("path", CLOSED)
def test_no_page_of_another_site_may_read_the_rest(web: WebRoom, path: str) -> None:
    for answer in (web.client.get(path, headers={"Origin": "https://a.example"}), web.client.options(path)):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize("url", ["https://books.example/glosses", "https://books.example"])
def test_links_are_right_behind_a_proxy(tmp_path: Path, url: str) -> None:
    """A path prefix, stripped by the proxy or passed on; every URL that we mint is below the base URL."""
    with web_room(tmp_path, base_url=url, trusted_proxies=("127.0.0.1",)) as web:
        token = {"Authorization": f"Bearer {web.token()}"}
        prefix = url.removeprefix("https://books.example")
        row = web.client.post("/api/sources", json={"url": web.publisher.manifest()}, headers=token).get_json()
        assert row["manifest"].startswith(f"{url}/iiif/3/")
        inside = row["manifest"].removeprefix("https://books.example")
        stripped = inside.removeprefix(prefix)
        answers = [
            web.client.get(path, headers={"Host": "evil.example"}) for path in (inside, stripped, inside, stripped)
        ]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.data for answer in answers}) == 1
        manifest = answers[0].get_json(force=True)
        assert manifest["id"] == row["manifest"]
        page = manifest["items"][0]["annotations"][0]["id"]
        texts = [answers[0].text, web.client.get(page.removeprefix(url)).text]
        texts += [web.client.get(path).text for path in (f"/iiif/3/{row['id']}/layers/probe", "/iiif/2/collection")]
        texts.append(web.client.get(f"/api/sources/{row['id']}").text)
        for text in texts:
            assert "localhost" not in text and "evil.example" not in text
            assert f'"{url}/' in text
        for path in ("/", f"/view/{row['id']}"):
            html = web.client.get(path).text
            local = re.findall(r'(?:href|src|action|data-status)="(/[^"]*)"', html)
            assert local and all(found.startswith(prefix + "/") for found in local)


def test_forwarded_headers_count_only_from_a_trusted_proxy(web: WebRoom, source: str) -> None:
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/x"}
    answer = web.client.get(f"/iiif/3/{source}/manifest", headers=forwarded)
    assert answer.get_json(force=True)["id"] == f"http://localhost/iiif/3/{source}/manifest"


@pytest.mark.parametrize("path", ["/gl/admin", "/gl/annotations/aaaaaaaaaaaa", "/gl"])
def test_a_slash_that_is_missing_is_added_at_the_public_address(tmp_path: Path, path: str) -> None:
    with web_room(tmp_path, base_url="https://ex.org/gl") as web:
        sent = web.client.get(path, headers={"Host": "127.0.0.1:8000"})  # as nginx asks that was told nothing else
    assert (sent.status_code, sent.headers["Location"]) == (308, f"https://ex.org{path}/")


def test_without_a_base_url_links_follow_the_host(web: WebRoom, source: str) -> None:
    for host in ("localhost:8000", "127.0.0.1:8000", "localhost"):
        answer = web.client.get(f"/iiif/3/{source}/manifest", headers={"Host": host})
        assert answer.get_json(force=True)["id"] == f"http://{host}/iiif/3/{source}/manifest"


def rules(web: WebRoom) -> list[str]:
    return [rule.rule for rule in web.app.url_map.iter_rules() if not rule.rule.startswith("/static/")]


TEXT = st.text(st.characters(codec="utf-8"), max_size=24)
KEYS = st.from_regex(r"\A[a-z2-7]{12}\Z")
ODD = st.sampled_from(["", ".", "..", "%2F", "a/b", "'", '"', "<x>", "\x00", "a" * 300, "ü", "-1", "1e9", "null", "{}"])
PARTS = st.one_of(KEYS, ODD, TEXT)
QUERY = st.dictionaries(
    st.one_of(st.sampled_from(["url", "backends", "after", "limit", "layers", "viewer", "canvas", "manifest"]), TEXT),
    st.one_of(ODD, TEXT),
    max_size=3,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(
            ODD.filter(lambda text: "\x00" not in text and text.isascii()), st.from_regex(r"\A[ -~]{0,30}\Z")
        )
        for name in ("Accept", "Accept-Encoding", "If-None-Match", "Authorization", "Range", "Origin", "Cookie", "Host")
    },
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_input_gets_an_answer_that_is_no_accident(web: WebRoom, source: str, data: st.DataObject) -> None:
    """On every route, by a stranger and by the local user. No page is computed here."""
    known = st.sampled_from([source, web.page(source).split("/")[-2], "probe", "3", "manifest", "local:sample"])
    rule = data.draw(st.sampled_from(rules(web)))
    path = re.sub(r"<[^>]+>", lambda _: quote(data.draw(st.one_of(PARTS, known)), safe="/%"), rule)
    method = data.draw(st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "DELETE", "PUT", "PATCH"]))
    if _would_do_something(method, rule):
        method = "GET"
    answer = web.client.open(
        path,
        method=method,
        query_string=data.draw(QUERY),
        headers=data.draw(HEADERS),
        environ_base=data.draw(st.sampled_from([STRANGER, {"REMOTE_ADDR": "127.0.0.1"}])),
    )
    answer.close()
    assert answer.status_code < 500, (method, path, answer.text)


def _would_do_something(method: str, rule: str) -> bool:
    return method in ("POST", "DELETE") and ("/admin/sources/" in rule or "/api/sources/" in rule)


BODIES: Any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT, ODD),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    where=st.sampled_from(["/api/sources", "/api/jobs"]),
    body=st.one_of(
        BODIES,
        st.fixed_dictionaries(
            {"url": TEXT.map(lambda text: "nowhere:" + text)}, optional={"backends": BODIES, "policy": BODIES}
        ),
        st.fixed_dictionaries({"sources": BODIES, "backends": BODIES}),
    ),
)
def test_any_body_gets_an_answer_that_is_no_accident(web: WebRoom, where: str, body: object) -> None:
    answer = web.client.post(where, json=body)
    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    "raw", [b"", b"{", b'"\\ud800"', b'{"url": "\\ud800"}', b"\xff\xfe", b"[" * 100_000, b'{"url": 1e999}']
)
def test_broken_json_is_refused(web: WebRoom, raw: bytes) -> None:
    answer = web.client.post("/api/sources", data=raw, content_type="application/json")
    assert answer.status_code in (400, 422), answer.text
