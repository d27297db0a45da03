"""The one way out: only http(s) to addresses that were checked, and to exactly those (design, section 8)."""

from __future__ import annotations

import io
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from typing import Any
from urllib.parse import SplitResult, urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from ..errors import FetchRefused
from .addresses import is_public, parse

log = logging.getLogger(__name__)

Resolver = Callable[..., list[Any]]
"""Called and answering like `socket.getaddrinfo`."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Says where a request may go; everything else raises FetchRefused."""

    allow_hosts: frozenset[str] = frozenset()
    """HOST or HOST:PORT that may also be a machine of the intranet, or this one."""
    resolve: Resolver = socket.getaddrinfo

    def check(self, url: str) -> None:
        """Refuses what can be told from the URL alone: scheme, user information, port, an address literal."""
        parts = _split(url)
        if parts.scheme not in ("http", "https"):
            raise FetchRefused(f"{url} is not fetched: only http and https are, not {parts.scheme or 'a bare path'}.")
        if parts.username is not None or parts.password is not None:
            raise FetchRefused(f"A URL with a user name in it is not fetched (host {parts.hostname}). Leave that out.")
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        if not host:
            raise FetchRefused(f"{url} names no host.")
        if self.allows(host, port):
            return
        if port < 1024 and port not in (80, 443):
            raise FetchRefused(f"{url} is not fetched: port {port} is no web server's. {_opening(host, port)}")
        address = parse(host)
        if address is not None and not is_public(address):
            raise _not_public(host, port)

    def allows(self, host: str, port: int) -> bool:
        host = host.strip("[]").rstrip(".").lower()
        names = {host, f"{host}:{port}", f"[{host}]", f"[{host}]:{port}"}
        return not names.isdisjoint(name.lower() for name in self.allow_hosts)

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Resolved once; all of them checked. Raises FetchRefused, or socket.gaierror as the resolver does."""
        answers = self._look_up(host.strip("[]"), port)
        found = tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))
        if not self.allows(host, port):
            for text in found:
                address = parse(text)
                if address is None or not is_public(address):
                    log.warning("Refused %s:%s, which resolves to %s", host, port, text)
                    raise _not_public(host, port)
        return found

    def _look_up(self, host: str, port: int) -> list[Any]:
        """A name that cannot even be asked for is one that nobody has, and fails as such."""
        try:
            return self.resolve(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
        except UnicodeError:
            pass  # raised below, without this one behind it, which speaks of codecs and would be told as the reason
        raise socket.gaierror(socket.EAI_NONAME, "no host has this name: a part of it is empty or too long")


class GuardedAdapter(HTTPAdapter):
    """A requests adapter whose every connection, also after a redirect, goes to an address the guard has passed.

    With `proxy` names are resolved there, and that duty with them. `answer_within` bounds one answer from its first
    byte to its last, in seconds, so that a trickle cannot hold a thread.
    """

    def __init__(
        self, guard: Guard, *, proxy: str | None = None, answer_within: float = 60.0, connections: int = 16
    ) -> None:
        self.guard, self._answer_within = guard, answer_within
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        if proxy:
            log.warning("All fetching goes through the proxy %s, which now has to refuse inner addresses", _host(proxy))
        super().__init__(pool_connections=64, pool_maxsize=connections)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        manager = _GuardedPools(num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs)
        manager.guard, manager.answer_within = self.guard, self._answer_within
        self.poolmanager = manager

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Response:
        """`proxies` of a session, which would lead past the guard, are ignored."""
        self.guard.check(request.url or "")
        return super().send(request, stream, timeout, verify, cert, self._proxies)


class _GuardedPools(PoolManager):
    guard: Guard
    answer_within: float

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        kind = _GuardedHTTPS if scheme == "https" else _GuardedHTTP
        # The pool only calls it; what it makes is an instance of the class.
        pool.ConnectionCls = partial(kind, guard=self.guard, answer_within=self.answer_within)  # type: ignore[assignment]
        return pool


class _GuardedHTTP(HTTPConnection):
    """Resolves by the guard and connects to what it passed; Host header and TLS name stay those of the URL."""

    def __init__(self, *args: Any, guard: Guard, answer_within: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard
        self.response_class = partial(_BoundedResponse, within=answer_within)  # type: ignore[assignment]

    def _new_conn(self) -> socket.socket:
        try:
            return self._connect_to(self._guard.addresses(self._dns_host, self.port))
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"no connection to {self.host} within {self.timeout} s") from error
        except OSError as error:
            raise NewConnectionError(self, f"no connection to {self.host}: {error}") from error

    def _connect_to(self, addresses: tuple[str, ...]) -> socket.socket:
        failure = OSError(f"{self.host} has no address")
        for address in addresses:
            try:
                return create_connection((address, self.port), self.timeout, self.source_address, self.socket_options)
            except OSError as error:
                failure = error
        raise failure


class _GuardedHTTPS(_GuardedHTTP, HTTPSConnection):
    pass


class _BoundedResponse(HTTPResponse):
    """Ends the reading of status line, headers and body together at one moment."""

    def __init__(self, sock: socket.socket, *args: Any, within: float, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_BoundedReader(sock, time.monotonic() + within))


class _BoundedReader(io.RawIOBase):
    """A socket's bytes until a moment. One trickled byte per read would otherwise renew the socket's own time-out."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        silence = self._sock.gettimeout()
        if silence is None or left < silence:
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  the property raises
    except ValueError as error:
        raise FetchRefused(f"{url!r} is not a URL: {error}.") from None
    return parts


def _host(url: str) -> str:
    """Without user name and password, for logs."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _not_public(host: str, port: int) -> FetchRefused:
    # The address stays in the log: a stranger must not learn the names and numbers of an intranet.
    return FetchRefused(f"{host} is not fetched from: it is not a public address. {_opening(host, port)}")


def _opening(host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    yours = f"{name}:{port}"
    return (
        f"If it is one of yours, say GLOSSATOR_ALLOW_HOSTS={yours}, or --allow-host {yours} to a command that has it; "
        f"in Python Remote(allow_hosts=frozenset({{'{yours}'}})) of iiif_store.fetch.remote."
    )
