"""The guard over real sockets: what it refuses, and that it connects to what it checked and to nothing else."""

from __future__ import annotations

import logging
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from iiif_store.errors import FetchFailed, FetchRefused
from iiif_store.fetch.failures import Unavailable
from iiif_store.fetch.guard import Guard, GuardedAdapter
from iiif_store.fetch.limits import Limits
from iiif_store.fetch.remote import Remote
from tests.publisher import Publisher

OUTSIDE = "93.184.216.34"


class Names:
    """A resolver with a table; each look-up takes the next answer, the last one for ever. It keeps count."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = {name.replace("_", "."): turns for name, turns in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *_: Any) -> list[Any]:
        self.asked.append(host)
        if host not in self._answers:
            return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
        turns = self._answers[host]
        found = turns.pop(0) if len(turns) > 1 else turns[0]
        kinds = (socket.AF_INET6 if ip_address(text).version == 6 else socket.AF_INET for text in found)
        return [(kind, socket.SOCK_STREAM, 6, "", (text, port)) for kind, text in zip(kinds, found, strict=True)]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.org/a", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("/etc/passwd", "only http and https"),
        ("local:book/1", "only http and https"),
        ("http://", "names no host"),
        ("http://name@example.org/", "user name"),
        ("http://name:secret@example.org/", "user name"),
        ("http://example.org:22/", "port 22"),
        ("http://example.org:notaport/", "not a URL"),
        ("http://[::1/", "not a URL"),
        ("http://127.0.0.1/", "not a public address"),
        ("http://[::ffff:127.0.0.1]/", "not a public address"),
        ("http://169.254.169.254/latest", "--allow-host 169.254.169.254:80"),
        ("https://[fd00::1]/", "--allow-host [fd00::1]:443"),
    ],
)
def test_refused_by_the_url_alone(url: str, why: str) -> None:
    with pytest.raises(FetchRefused) as refusal:
        Guard().check(url)
    assert why in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("host", ["example..org", f"{'a' * 64}.org"])
def test_a_name_that_no_host_can_have_is_one_that_nobody_has(host: str) -> None:
    """The real resolver cannot even encode it; no name server is asked."""
    with pytest.raises(Unavailable, match="no host has this name") as failure:
        Remote(Limits(retries=0)).get(f"http://{host}/manifest")
    assert failure.value.url == f"http://{host}/manifest"


ODD = [
    "http://",
    "https://",
    "[",
    "]",
    "@",
    ":",
    "%",
    "/",
    "\\",
    "#",
    "\n",
    ".",
    "*",
    "|",
    "ß",
    "\u2028",
    "b.org",
    "127.0.0.1",
]


@given(st.lists(st.sampled_from(ODD), max_size=6))
def test_no_text_is_more_than_refused(parts: list[str]) -> None:
    def nobody(*_: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises((FetchRefused, FetchFailed)):
        Remote(Limits(retries=0), guard=Guard(resolve=nobody)).get("http:" + "".join(parts))


@pytest.mark.parametrize("url", ["http://example.org/", "https://example.org:8182/x", "http://8.8.8.8/"])
def test_let_through(url: str) -> None:
    Guard().check(url)


@pytest.mark.parametrize(
    ("name", "host", "port", "open_"),
    [
        ("scans.intranet", "scans.intranet", 80, True),
        ("scans.intranet", "SCANS.intranet.", 8080, True),
        ("scans.intranet:8080", "scans.intranet", 8080, True),
        ("scans.intranet:8080", "scans.intranet", 80, False),
        ("scans.intranet", "evil.scans.intranet", 80, False),
        ("[::1]:80", "::1", 80, True),
        ("::1", "[::1]", 80, True),
    ],
)
def test_allowed_hosts(name: str, host: str, port: int, open_: bool) -> None:
    assert Guard(frozenset({name})).allows(host, port) is open_


@pytest.mark.parametrize("inner", ["127.0.0.1", "::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "0.0.0.0"])
def test_one_inner_address_among_several_is_enough(inner: str) -> None:
    names = Names(two_faces=[[OUTSIDE, inner]])
    with pytest.raises(FetchRefused, match=r"two\.faces") as refusal:
        Guard(resolve=names).addresses("two.faces", 80)
    assert inner not in str(refusal.value)


def test_numbers_in_disguise_are_resolved_and_refused(publisher: Publisher) -> None:
    for host in ("2130706433", "0x7f000001", "127.1", "localhost"):
        with pytest.raises(FetchRefused):
            Remote().get(f"http://{host}:{publisher.port}/plain/x.jpg")
    assert publisher.requests == []


def test_no_second_look_up_between_check_and_connection(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a public address for the check, then loopback. The socket gets what the one look-up gave."""
    connected: list[Any] = []

    def no_network(address: Any, *_: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError("the test sends nothing to the Internet")

    monkeypatch.setattr("iiif_store.fetch.guard.create_connection", no_network)
    names = Names(rebinding_test=[[OUTSIDE], ["127.0.0.1"]])
    remote = Remote(Limits(retries=0), guard=Guard(resolve=names))
    with pytest.raises(Unavailable):
        remote.get(f"http://rebinding.test:{publisher.port}/echo")
    assert names.asked == ["rebinding.test"]
    assert connected == [(OUTSIDE, publisher.port)]
    with pytest.raises(FetchRefused):
        remote.get(f"http://rebinding.test:{publisher.port}/echo")
    assert len(connected) == 1


def test_name_stays_in_host_header_and_address_is_the_checked_one(publisher: Publisher) -> None:
    names = Names(scans_intranet=[["127.0.0.1"]])
    remote = Remote(guard=Guard(frozenset({"scans.intranet"}), names))
    body = remote.get(f"http://scans.intranet:{publisher.port}/plain/gbn_DerPionier_6855f830b2.jpg").body
    assert body.startswith(b"\xff\xd8")
    assert publisher.requests[0].headers["host"] == f"scans.intranet:{publisher.port}"


def test_the_next_address_is_tried(publisher: Publisher) -> None:
    names = Names(scans_intranet=[["127.0.0.2", "127.0.0.1"]])
    remote = Remote(guard=Guard(frozenset({"scans.intranet"}), names))
    assert remote.get(f"http://scans.intranet:{publisher.port}/image/3/gbn_DerPionier_6855f830b2/info.json").body


def test_unknown_name_fails_plainly() -> None:
    def nobody(*_: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    remote = Remote(Limits(retries=0), guard=Guard(resolve=nobody))
    with pytest.raises(Unavailable, match=r"http://nowhere\.example/.*Name or service not known"):
        remote.get("http://nowhere.example/")


@pytest.mark.parametrize("fault", ["to-metadata", "to-file", "to-userinfo", "to-nonsense", "loop"])
def test_every_redirect_is_checked(publisher: Publisher, make_remote: Any, fault: str) -> None:
    with pytest.raises(FetchRefused):
        make_remote().get(publisher.url(f"/{fault}/plain/x.jpg"))
    assert publisher.count() == (6 if fault == "loop" else 1)


def test_redirect_into_a_host_that_is_not_open(publisher: Publisher, page_images: Path) -> None:
    """Opening one port of a machine does not open its others."""
    with Publisher(page_images) as other:
        names = Names(outer_test=[["127.0.0.1"]])
        remote = Remote(guard=Guard(frozenset({f"outer.test:{publisher.port}"}), names))
        with pytest.raises(FetchRefused, match=r"127\.0\.0\.1"):
            remote.get(f"http://outer.test:{publisher.port}/moved/plain/gbn_DerPionier_6855f830b2.jpg")
        assert other.requests == []


def test_a_session_cannot_lead_past_the_guard(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mounted on an ordinary session, the adapter ignores proxy variables, which would take over name resolution."""
    monkeypatch.setenv("http_proxy", publisher.base)
    monkeypatch.setenv("HTTP_PROXY", publisher.base)
    with requests.Session() as session:
        session.mount("http://", GuardedAdapter(Guard()))
        with pytest.raises(FetchRefused):
            session.get(publisher.url("/echo"))
    assert publisher.requests == []


def test_environment_is_not_obeyed(
    publisher: Publisher, make_remote: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login name password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    make_remote().get(publisher.manifest(1))
    assert "authorization" not in publisher.requests[0].headers


def test_an_explicit_proxy_takes_over_and_is_logged(publisher: Publisher, caplog: pytest.LogCaptureFixture) -> None:
    """The publisher stands in for a proxy: it is asked with the whole URL, for a name that nobody here resolves."""
    with caplog.at_level(logging.WARNING):
        remote = Remote(Limits(retries=0), proxy=f"http://name:secret@{publisher.host}")
    assert publisher.host in caplog.text
    assert "secret" not in caplog.text
    with pytest.raises(FetchFailed, match="404"):
        remote.get("http://only.known.to.the.proxy/page")
    assert publisher.requests[0].path == "http://only.known.to.the.proxy/page"
    with pytest.raises(FetchRefused):
        remote.get("http://169.254.169.254/latest")
    assert publisher.count() == 1


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for scans.intranet, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scans.intranet")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("scans.intranet")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "certificate.pem"
    path.write_bytes(signed.public_bytes(pem) + secret)
    return path


def test_tls_is_checked_against_the_name_not_the_address(page_images: Path, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    shown: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: shown.append(name)
    names = Names(scans_intranet=[["127.0.0.1"]], other_intranet=[["127.0.0.1"]])
    guard = Guard(frozenset({"scans.intranet", "other.intranet"}), names)
    with Publisher(page_images, tls=context) as publisher:
        remote = Remote(Limits(retries=0), guard=guard, ca_file=certificate)
        path = "image/3/gbn_DerPionier_6855f830b2/info.json"
        assert remote.get(f"https://scans.intranet:{publisher.port}/{path}").body
        assert publisher.requests[0].headers["host"] == f"scans.intranet:{publisher.port}"
        with pytest.raises(FetchFailed, match="certificate"):
            remote.get(f"https://other.intranet:{publisher.port}/{path}")
        with pytest.raises(FetchFailed, match="certificate"):
            Remote(Limits(retries=0), guard=guard).get(f"https://scans.intranet:{publisher.port}/{path}")
        assert publisher.count() == 1
    assert shown == ["scans.intranet", "other.intranet", "scans.intranet"]
