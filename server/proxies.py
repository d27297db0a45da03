"""Under which address we are asked, and by whom. Forwarded headers count only from named proxies."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import get_host

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FORWARDING = frozenset(
    {
        "HTTP_FORWARDED",
        "HTTP_VIA",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_PORT",
        "HTTP_X_FORWARDED_PREFIX",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_REAL_IP",
    }
)
"""Any of these shows that somebody passed the request on."""


class Proxies:
    """WSGI: believes X-Forwarded-For, -Proto, -Host and -Prefix of a trusted peer, one hop, and of nobody else.

    A proxy may strip the path of the base URL or pass it on; both arrive at the same routes.
    """

    def __init__(self, app: WSGIApplication, *, trusted: Iterable[str], base_url: str | None) -> None:
        self._direct = app
        self._behind = ProxyFix(app, x_for=1, x_proto=1, x_host=1, x_prefix=1)
        self._networks = tuple(ip_network(entry, strict=False) for entry in trusted)
        self._path = urlsplit(base_url or "").path
        self._trusts = lru_cache(maxsize=256)(self._is_trusted)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._path:
            self._mount(environ)
        if self._networks and self._trusts(environ.get("REMOTE_ADDR", "")):
            return self._behind(environ, start_response)
        return self._direct(environ, start_response)

    def _mount(self, environ: WSGIEnvironment) -> None:
        path: str = environ["PATH_INFO"]
        if path == self._path or path.startswith(self._path + "/"):
            environ["PATH_INFO"] = path[len(self._path) :]
        environ["SCRIPT_NAME"] = self._path

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:  # a Unix socket has no address
            return False
        return any(address in network for network in self._networks)


def base_of(environ: WSGIEnvironment, base_url: str | None) -> str:
    """The base of every link in the answer: the configured one, or where the client found us; raises BadRequest."""
    if base_url:
        return base_url
    scheme: str = environ["wsgi.url_scheme"]
    host = get_host(scheme, environ.get("HTTP_HOST"), (environ["SERVER_NAME"], int(environ["SERVER_PORT"])))
    if not host:
        raise BadRequest("The Host header is missing or not a host name.")
    path: str = environ.get("SCRIPT_NAME", "")
    return f"{scheme}://{host}{path.rstrip('/')}"


def is_loopback(environ: WSGIEnvironment) -> bool:
    """Whether peer and Host are this machine and nothing forwarded the request."""
    # A proxy left at its defaults may add no header and say Host 127.0.0.1. Older ones can be told by HTTP/1.0 (nginx
    # before 1.29.7), others only by the user that they run as, see `peer`.
    if environ.get("SERVER_PROTOCOL") == "HTTP/1.0" or not FORWARDING.isdisjoint(environ):
        return False
    return _loopback(environ.get("REMOTE_ADDR", "")) and _loopback(_name(environ.get("HTTP_HOST", "")))


def _name(host: str) -> str:
    return host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]


@lru_cache(maxsize=256)
def _loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
