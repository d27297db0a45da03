"""A publisher that misbehaves: what each fault becomes, how often it is asked, and that nothing hangs."""

from __future__ import annotations

import socket
import time
import tracemalloc
from pathlib import Path

import pytest

from iiif_store.errors import FetchFailed, FetchRefused, Restricted
from iiif_store.fetch.failures import Unavailable
from iiif_store.fetch.remote import Remote
from tests.conftest import MakeRemote
from tests.publisher import Publisher

PAGE = "/plain/gbn_DerPionier_6855f830b2.jpg"


@pytest.mark.parametrize(
    ("fault", "kind", "why", "asked"),
    [
        ("truncated", Unavailable, "IncompleteRead", 3),
        ("hang-up", Unavailable, "without response", 3),
        ("slow", Unavailable, "timed out", 3),
        ("trickle", Unavailable, "not answered within", 1),
        ("trickle-body", Unavailable, "not answered within", 1),
        ("bad-gzip", FetchFailed, "compressed", 1),
        ("endless", FetchFailed, "larger than", 1),
        ("bomb", FetchFailed, "larger than", 1),
        ("500", Unavailable, "500", 1),
        ("502", Unavailable, "502", 3),
        ("504", Unavailable, "504", 3),
        ("404", FetchFailed, "check the URL", 1),
        ("410", FetchFailed, "410", 1),
        ("418", FetchFailed, "418", 1),
        ("401", Restricted, "401", 1),
        ("403", Restricted, "403", 1),
        ("loop", FetchRefused, "redirected more than 5 times", 6),
        ("to-metadata", FetchRefused, "not a public address", 1),
        ("to-file", FetchRefused, "only http and https", 1),
        ("to-userinfo", FetchRefused, "user name", 1),
    ],
)
def test_what_it_becomes(
    publisher: Publisher, make_remote: MakeRemote, fault: str, kind: type[Exception], why: str, asked: int
) -> None:
    url = publisher.url(f"/{fault}{PAGE}")
    limit = {"slow": "read_timeout", "trickle": "total_timeout", "trickle-body": "total_timeout"}.get(fault)
    impatience = {limit: 0.3} if limit else {}
    remote = make_remote(max_bytes=2**20, **impatience)
    with pytest.raises(kind, match=why) as failure:
        remote.get(url)
    assert type(failure.value) is kind
    assert publisher.count() == asked
    if isinstance(failure.value, FetchFailed):
        assert url in str(failure.value)
        assert failure.value.url == url


@pytest.mark.parametrize("fault", ["503x2", "429x2", "502x1", "504x2"])
def test_better_after_a_while(publisher: Publisher, make_remote: MakeRemote, fault: str) -> None:
    publisher.retry_after = ""
    assert make_remote().get(publisher.url(f"/{fault}{PAGE}")).body
    assert publisher.count() == int(fault[-1]) + 1


@pytest.mark.parametrize("status", ["429", "503"])
def test_retry_after_is_honoured(
    publisher: Publisher, make_remote: MakeRemote, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.retry_after = "7"
    slept: list[float] = []
    monkeypatch.setattr("iiif_store.fetch.remote.time.sleep", slept.append)
    assert make_remote().get(publisher.url(f"/{status}x1{PAGE}")).body
    assert 6.5 < max(slept) <= 7.0
    assert publisher.count() == 2


@pytest.mark.parametrize("status", ["429", "503"])
def test_a_long_retry_after_is_handed_on(publisher: Publisher, make_remote: MakeRemote, status: str) -> None:
    publisher.retry_after = "1800"
    with pytest.raises(Unavailable) as failure:
        make_remote().get(publisher.url(f"/{status}{PAGE}"))
    assert failure.value.retry_after == 1800
    assert failure.value.status == int(status)
    assert publisher.count() == 1


def test_after_429_the_whole_host_has_its_rest(publisher: Publisher, make_remote: MakeRemote) -> None:
    remote = make_remote()
    publisher.retry_after = "1800"
    with pytest.raises(Unavailable):
        remote.get(publisher.url(f"/429{PAGE}"))
    with pytest.raises(Unavailable, match="rest") as failure:
        remote.get(publisher.url(PAGE))
    assert failure.value.retry_after is not None
    assert 1700 < failure.value.retry_after <= 1800
    assert publisher.count() == 1


@pytest.mark.parametrize("retry_after", ["Wed, 21 Oct 2015 07:28:00 GMT", "soon", "-5"])
def test_odd_retry_after(publisher: Publisher, make_remote: MakeRemote, retry_after: str) -> None:
    publisher.retry_after = retry_after
    assert make_remote().get(publisher.url(f"/503x1{PAGE}")).body


def test_a_retry_after_date(publisher: Publisher, make_remote: MakeRemote) -> None:
    publisher.retry_after = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 600))
    with pytest.raises(Unavailable) as failure:
        make_remote().get(publisher.url(f"/503{PAGE}"))
    assert failure.value.retry_after is not None
    assert 500 < failure.value.retry_after <= 600


def test_down_with_a_copy_and_without(publisher: Publisher, make_remote: MakeRemote) -> None:
    remote = make_remote(fresh_for=0.0)
    first = remote.get(publisher.url(PAGE))
    publisher.down = True
    stale = remote.get(publisher.url(PAGE))
    assert (stale.body, stale.stale, stale.fetched) == (first.body, True, first.fetched)
    assert stale.age >= 0
    with pytest.raises(Unavailable, match="Try again later"):
        remote.get(publisher.url("/plain/nls_107118335_3.jpg"))
    publisher.down = False
    assert not remote.get(publisher.url(PAGE)).stale


def test_nobody_listens(make_remote: MakeRemote, page_images: Path) -> None:
    """A port that was just closed."""
    remote = make_remote(allow_hosts=frozenset({"127.0.0.1"}), fresh_for=0.0)
    with Publisher(page_images) as gone:
        url = gone.url(PAGE)
        first = remote.get(url)
    stale = remote.get(url)
    assert (stale.body, stale.stale) == (first.body, True)
    with pytest.raises(Unavailable, match="refused"):
        remote.get(url + "?x")


def test_no_answer_to_the_connection(make_remote: MakeRemote) -> None:
    """A socket that accepts nobody, with a full queue: packets to it get no answer."""
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        remote = make_remote(allow_hosts=frozenset({"127.0.0.1"}), connect_timeout=0.1, retries=0)
        with pytest.raises(Unavailable, match=r"timed out|within"):
            remote.get(url)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_an_overloaded_publisher_is_a_reason_for_the_copy(
    publisher: Publisher, make_remote: MakeRemote, status: int
) -> None:
    remote = make_remote(fresh_for=0.0)
    remote.get(publisher.url(PAGE))
    publisher.answer_instead = status
    assert remote.get(publisher.url(PAGE)).stale


def test_a_bomb_is_not_unpacked(publisher: Publisher, make_remote: MakeRemote) -> None:
    """256 MiB in 260 kB, stopped at 1 MiB: what is held at any moment stays in that order."""
    remote, url = make_remote(max_bytes=2**20), publisher.url("/bomb/x")
    with pytest.raises(FetchFailed, match="larger than"):
        remote.get(url)  # the publisher has packed it now
    tracemalloc.start()
    try:
        with pytest.raises(FetchFailed, match="larger than"):
            remote.get(url)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * 2**20


def test_the_body_of_a_redirect_is_not_read(publisher: Publisher, remote: Remote) -> None:
    """It may be endless. A requests session would read it to its end before it follows, and also if it does not."""
    assert remote.get(publisher.url("/endless-redirect/x")).body.startswith(b"\xff\xd8")
    assert [request.status for request in publisher.requests] == [302, 200]
