"""Fetching from the loopback publisher: cache, conditional requests, concurrency, what is sent and what is not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from urllib3.util.connection import create_connection

from iiif_store.errors import FetchFailed, FetchRefused, Restricted
from iiif_store.fetch.failures import Unavailable
from iiif_store.fetch.limits import Deadline, Limits
from iiif_store.fetch.remote import Remote, user_agent
from iiif_store.fetch.transport import GuardedTransport
from ml_backends.types import Transport
from tests.conftest import MakeRemote
from tests.publisher import Publisher

PAGE = "/plain/gbn_DerPionier_6855f830b2.jpg"


def test_what_comes_back(publisher: Publisher, remote: Remote) -> None:
    fetched = remote.get(publisher.url(PAGE), accept="image/*")
    assert fetched.body.startswith(b"\xff\xd8")
    assert fetched.url == publisher.url(PAGE)
    assert fetched.content_type == "image/jpeg"
    assert fetched.etag
    assert fetched.last_modified
    assert (fetched.age, fetched.stale) == (0, False)
    assert fetched.fetched.endswith("Z")


def test_how_we_introduce_ourselves(publisher: Publisher, make_remote: MakeRemote) -> None:
    agent = user_agent("1.2.0", "https://library.example/about")
    assert agent == "Glossator/1.2.0 (+https://library.example/about)"
    make_remote(user_agent=agent).get(publisher.url(PAGE), accept="image/*")
    headers = publisher.requests[0].headers
    assert headers["user-agent"] == agent
    assert headers["accept"] == "image/*"
    assert headers.keys() <= {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_fresh_copies_are_not_asked_for(publisher: Publisher, make_remote: MakeRemote) -> None:
    first = make_remote().get(publisher.url(PAGE))
    again = make_remote().get(publisher.url(PAGE))  # as another process with the same cache directory
    assert again == first
    assert publisher.count() == 1


def test_stale_ones_conditionally(publisher: Publisher, make_remote: MakeRemote) -> None:
    remote = make_remote(fresh_for=0.0)
    first = remote.get(publisher.url(PAGE))
    again = remote.get(publisher.url(PAGE))
    assert again.body == first.body
    assert [request.status for request in publisher.requests] == [200, 304]
    assert publisher.requests[1].headers["if-none-match"] == first.etag
    assert publisher.requests[1].headers["if-modified-since"] == first.last_modified


def test_fresh_asks_in_any_case(publisher: Publisher, remote: Remote) -> None:
    remote.get(publisher.url(PAGE))
    remote.get(publisher.url(PAGE), fresh=True)
    assert [request.status for request in publisher.requests] == [200, 304]


def test_changed_content_replaces_the_copy(publisher: Publisher, remote: Remote) -> None:
    url = publisher.url(f"/changing{PAGE}")
    first, second, third = (remote.get(url, fresh=fresh).body for fresh in (False, True, False))
    assert first != second == third
    assert publisher.count() == 2


@pytest.mark.parametrize(("fault", "asked"), [("max-age", 1), ("no-cache", 2), ("private", 2), ("no-store", 2)])
def test_cache_control(publisher: Publisher, remote: Remote, fault: str, asked: int) -> None:
    for _ in range(2):
        assert remote.get(publisher.url(f"/{fault}{PAGE}")).body
    assert publisher.count() == asked
    conditional = "if-none-match" in publisher.requests[-1].headers
    assert conditional is (fault == "no-cache")


def test_private_content_is_nowhere_on_disk(publisher: Publisher, remote: Remote, tmp_path: Any) -> None:
    remote.get(publisher.url(f"/private{PAGE}"))
    remote.get(publisher.url(f"/no-store{PAGE}"))
    assert list((tmp_path / "cache").rglob("http/*/*")) == []


def test_keep_false_leaves_no_copy(publisher: Publisher, remote: Remote, tmp_path: Any) -> None:
    remote.get(publisher.url(PAGE), keep=False)
    assert list((tmp_path / "cache").rglob("http/*/*")) == []


def test_without_a_cache_directory(publisher: Publisher, make_remote: MakeRemote) -> None:
    remote = make_remote(cache_dir=None)
    for _ in range(2):
        remote.get(publisher.url(PAGE))
    assert [request.status for request in publisher.requests] == [200, 200]


def test_validators_go_to_the_final_url_only(publisher: Publisher, make_remote: MakeRemote) -> None:
    remote = make_remote(fresh_for=0.0)
    for _ in range(2):
        fetched = remote.get(publisher.url(f"/moved{PAGE}"))
        assert fetched.url == publisher.url(PAGE)
    assert [request.status for request in publisher.requests] == [302, 200, 302, 304]
    assert ["if-none-match" in request.headers for request in publisher.requests] == [False, False, False, True]


def test_no_cookie_is_kept_or_sent(publisher: Publisher, remote: Remote) -> None:
    remote.get(publisher.url(f"/moved{PAGE}"))
    remote.get(publisher.url(f"/cookie{PAGE}"))
    remote.get(publisher.url(f"/cookie{PAGE}"), fresh=True)
    assert not any("cookie" in request.headers for request in publisher.requests)


def test_fragment_is_not_sent(publisher: Publisher, remote: Remote) -> None:
    remote.get(publisher.url(f"{PAGE}#xywh=0,0,1,1"))
    assert publisher.requests[0].path == PAGE


def test_connections_are_kept(publisher: Publisher, make_remote: MakeRemote, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after a redirect, an error and a 304."""
    opened: list[Any] = []

    def connect(*args: Any) -> Any:
        opened.append(args)
        return create_connection(*args)

    monkeypatch.setattr("iiif_store.fetch.guard.create_connection", connect)
    remote = make_remote(fresh_for=0.0, retries=0)
    for path in (PAGE, PAGE, f"/moved{PAGE}", "/404/x", "/503/x", PAGE):
        try:
            remote.get(publisher.url(path))
        except FetchFailed as error:
            assert error.status in (404, 503)
    assert publisher.count() == 7
    assert len(opened) == 1


def test_sixteen_threads_politely(publisher: Publisher, make_remote: MakeRemote) -> None:
    remote = make_remote(per_host=4)
    publisher.latency = 0.02
    urls = [publisher.url(f"/image/3/gbn_DerPionier_6855f830b2~{n}/full/100,/0/default.jpg") for n in range(48)]
    with ThreadPoolExecutor(16) as pool:
        bodies = list(pool.map(lambda url: remote.get(url).body, urls))
    assert len(set(bodies)) == 1
    assert publisher.count() == 48
    assert 1 < publisher.peak <= 4


def test_threads_that_want_the_same_share_one_request(publisher: Publisher, remote: Remote) -> None:
    publisher.latency = 0.05
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(remote.get, [publisher.manifest(50)] * 16))
    assert len({fetched.body for fetched in found}) == 1
    assert publisher.count() == 1


def test_and_one_failure(publisher: Publisher, make_remote: MakeRemote) -> None:
    """All are on their way before the first answer, which takes as long as that needs."""
    remote, asked = make_remote(retries=0, cache_dir=None), threading.Barrier(8, timeout=30)
    publisher.latency = 0.5

    def ask(_: int) -> str:
        asked.wait()
        with pytest.raises(Unavailable) as failure:
            remote.get(publisher.url("/500/x"))
        return str(failure.value)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert publisher.count() < 8


def test_several_remotes_share_the_turns(publisher: Publisher, make_remote: MakeRemote) -> None:
    """Two with one cache directory stand for two processes."""
    remotes = [make_remote(per_host=2), make_remote(per_host=2)]
    publisher.latency = 0.01
    jobs = [(remotes[n % 2], publisher.url(f"/image/3/nls_107118335_3~{n}/info.json")) for n in range(24)]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda job: job[0].get(job[1]), jobs))
    assert publisher.count() == 24
    assert publisher.peak <= 2


def test_size_limit(publisher: Publisher, remote: Remote) -> None:
    size = len(remote.get(publisher.url(PAGE)).body)
    assert len(remote.get(publisher.url(PAGE), max_bytes=size).body) == size
    with pytest.raises(FetchFailed, match="larger than"):
        remote.get(publisher.url(PAGE), max_bytes=size - 1)


def test_post(publisher: Publisher, remote: Remote) -> None:
    body = remote.post(publisher.url("/echo"), b"\0picture", headers={"Authorization": "Bearer t"}, max_bytes=100)
    assert body == b"\0picture"
    assert publisher.requests[0].method == "POST"
    assert publisher.requests[0].headers["authorization"] == "Bearer t"
    with pytest.raises(FetchFailed, match="larger"):
        remote.post(publisher.url("/echo"), b"\0picture", headers={}, max_bytes=5)


def test_a_redirected_post_is_refused(publisher: Publisher, remote: Remote) -> None:
    with pytest.raises(FetchRefused, match="final URL"):
        remote.post(publisher.url("/moved/echo"), b"secret", headers={"Authorization": "Bearer t"}, max_bytes=9)
    assert publisher.count() == 1


def test_transport_for_backends(publisher: Publisher, remote: Remote, tmp_path: Any) -> None:
    transport: Transport = GuardedTransport(remote)
    assert transport.get(publisher.url(PAGE), max_bytes=10**6).startswith(b"\xff\xd8")
    assert transport.post(publisher.url("/echo"), b"x", headers={}, max_bytes=9) == b"x"
    assert list((tmp_path / "cache").rglob("http/*/*")) == []
    with pytest.raises(OSError, match=r"169\.254"):
        transport.get("http://169.254.169.254/", max_bytes=9)
    with pytest.raises(OSError, match="only http"):
        transport.post("file:///x", b"", headers={}, max_bytes=9)
    with pytest.raises(OSError, match="404"):
        transport.get(publisher.url("/404/x"), max_bytes=9)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Restricted), (403, Restricted), (404, FetchFailed), (410, FetchFailed)]
)
def test_what_the_publisher_takes_back_is_forgotten(
    publisher: Publisher, make_remote: MakeRemote, status: int, kind: type[FetchFailed]
) -> None:
    """First good, then refused, then the publisher is down: the old copy must not come back."""
    remote = make_remote(fresh_for=0.0, retries=0)
    url = publisher.url(PAGE)
    remote.get(url)
    publisher.answer_instead = status
    with pytest.raises(kind) as failure:
        remote.get(url)
    assert failure.value.status == status
    publisher.answer_instead, publisher.down = None, True
    with pytest.raises(Unavailable):
        remote.get(url)


def test_a_deadline_passes() -> None:
    assert Deadline.after(-1).left == 0
    assert 0 < Deadline.after(60).left <= 60
    assert Limits().total_timeout > Limits().read_timeout
