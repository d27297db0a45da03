"""Whose word counts about where we are and who asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.exceptions import BadRequest
from werkzeug.test import EnvironBuilder

from server.proxies import Proxies, base_of, is_loopback


def environ(
    path: str = "/", peer: str = "127.0.0.1", base: str = "http://localhost:8000", **headers: str
) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    made = EnvironBuilder(path, base_url=base, headers=named, environ_base={"REMOTE_ADDR": peer}).get_environ()
    return made | {"SERVER_PROTOCOL": "HTTP/1.1"}


def through(request: dict[str, Any], *, trusted: tuple[str, ...] = (), base_url: str | None = None) -> dict[str, Any]:
    """The environment as the application gets it."""
    seen: dict[str, Any] = {}

    def app(inner: dict[str, Any], start: Any) -> Iterable[bytes]:
        seen.update(inner)
        return []

    list(Proxies(app, trusted=trusted, base_url=base_url)(request, lambda *_: lambda _: None))
    return seen


FORWARDED = {
    "X_Forwarded_For": "203.0.113.9",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Host": "books.example",
    "X_Forwarded_Prefix": "/glosses",
}


def test_forwarded_headers_of_a_stranger_do_not_count() -> None:
    seen = through(environ(peer="203.0.113.7", **FORWARDED), trusted=("10.0.0.0/8",))
    assert base_of(seen, None) == "http://localhost:8000"
    assert seen["REMOTE_ADDR"] == "203.0.113.7"


@pytest.mark.parametrize("trusted", ["10.1.2.3", "10.0.0.0/8"])
def test_forwarded_headers_of_a_trusted_proxy_count(trusted: str) -> None:
    seen = through(environ(peer="10.1.2.3", **FORWARDED), trusted=(trusted,))
    assert base_of(seen, None) == "https://books.example/glosses"
    assert seen["REMOTE_ADDR"] == "203.0.113.9"


def test_only_the_last_hop_is_believed() -> None:
    seen = through(environ(peer="10.1.2.3", X_Forwarded_For="1.2.3.4, 203.0.113.9"), trusted=("10.1.2.3",))
    assert seen["REMOTE_ADDR"] == "203.0.113.9"


def test_a_configured_base_url_beats_every_header() -> None:
    seen = through(environ(peer="10.1.2.3", **FORWARDED), trusted=("10.1.2.3",), base_url="https://a.example/g")
    assert base_of(seen, "https://a.example/g") == "https://a.example/g"


@pytest.mark.parametrize("path", ["/g/iiif/3/collection", "/iiif/3/collection"])
def test_a_path_prefix_may_be_stripped_by_the_proxy_or_not(path: str) -> None:
    seen = through(environ(path), base_url="https://a.example/g")
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/g", "/iiif/3/collection")


def test_a_path_that_only_begins_like_the_prefix_stays() -> None:
    assert through(environ("/glue"), base_url="https://a.example/g")["PATH_INFO"] == "/glue"


@pytest.mark.parametrize("host", ["", "evil.example/x", "a b", 'x"><script>', "h:99999", "h:port"])
def test_a_host_that_is_none_makes_no_links(host: str) -> None:
    with pytest.raises(BadRequest):
        base_of(environ() | {"HTTP_HOST": host}, None)


@pytest.mark.parametrize(
    ("peer", "host", "local"),
    [
        ("127.0.0.1", "localhost:8000", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "[::1]:8000", True),
        ("127.0.0.1", "rebound.example:8000", False),
        ("192.168.1.5", "localhost:8000", False),
        ("", "localhost", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "localhost.evil.example", False),
    ],
)
def test_local_means_peer_and_host(peer: str, host: str, local: bool) -> None:
    assert is_loopback(environ(peer=peer) | {"HTTP_HOST": host}) is local


@pytest.mark.parametrize("header", ["X_Forwarded_For", "X_Forwarded_Host", "X_Real_IP", "Forwarded", "Via"])
def test_a_forwarded_request_is_not_local(header: str) -> None:
    assert not is_loopback(environ(**{header: "127.0.0.1"}))


def test_a_proxy_that_says_nothing_may_be_known_by_its_old_protocol() -> None:
    assert not is_loopback(environ() | {"SERVER_PROTOCOL": "HTTP/1.0"})
