"""One question to a publisher and its answer: redirects, limits of size and time, politeness. No retries, no cache."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

import requests
from requests.utils import requote_uri
from urllib3.exceptions import DecodeError, HTTPError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from ..errors import FetchFailed, FetchRefused, Restricted
from .failures import Unavailable
from .guard import GuardedAdapter
from .limits import Deadline, Limits
from .polite import Turns

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 64 * 1024
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, and how much is taken."""

    url: str
    headers: Mapping[str, str]
    max_bytes: int
    method: str = "GET"
    body: bytes | None = None
    validators: Mapping[str, str] | None = None
    """Conditional headers, sent to `validated` only: another URL of a redirect chain knows nothing of them."""
    validated: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 or 203, or a 304 with an empty body."""

    status: int
    url: str
    """Where the last redirect led."""
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """Asks through the guard. The adapter is used without a requests session: that would keep cookies, obey the
    environment, and read the body of a redirect without any limit."""

    def __init__(self, adapter: GuardedAdapter, turns: Turns, limits: Limits, *, verify: bool | str = True) -> None:
        self._adapter, self._turns, self._limits, self._verify = adapter, turns, limits, verify

    def ask(self, question: Question, deadline: Deadline) -> Answer:
        """Raises FetchRefused, Restricted (401, 403), Unavailable, or FetchFailed for all else but 200, 203 and 304."""
        url = question.url
        for _ in range(self._limits.redirects + 1):
            answer = self._hop(url, question, deadline)
            if isinstance(answer, Answer):
                return answer
            if question.method != "GET":
                raise FetchRefused(f"{url} redirects a {question.method}, which is not followed. Give the final URL.")
            url = answer
        raise FetchRefused(
            f"{question.url} was redirected more than {self._limits.redirects} times, last to {url}. "
            "Open it in a browser to see where it leads, and give the final URL."
        )

    def _hop(self, url: str, question: Question, deadline: Deadline) -> Answer | str:
        """An answer, or where it says to go."""
        request = self._request(url, question)
        try:
            with self._turns.turn(url, deadline):
                response = self._send(request, deadline)
                try:
                    return self._read(response, url, question, deadline)
                finally:
                    response.raw.close()  # a connection whose answer was read to the end is in the pool again
        except DecodeError as error:
            raise FetchFailed(f"{url} came compressed in a way that cannot be read: {error}.", url=url) from error
        except (requests.RequestException, HTTPError) as error:
            raise _connection_failed(url, error, deadline, self._limits) from error

    def _request(self, url: str, question: Question) -> requests.PreparedRequest:
        self._adapter.guard.check(url)
        headers = {"Accept-Encoding": "gzip, deflate", **question.headers}
        if question.validators and url == question.validated:
            headers.update(question.validators)
        try:
            target = urldefrag(url).url
            return requests.Request(question.method, target, headers=headers, data=question.body).prepare()
        except ValueError as error:
            raise _no_url(url, error) from error

    def _send(self, request: requests.PreparedRequest, deadline: Deadline) -> requests.Response:
        limits, left = self._limits, max(deadline.left, 0.001)
        timeout = (min(limits.connect_timeout, left), min(limits.read_timeout, left))
        return self._adapter.send(request, stream=True, timeout=timeout, verify=self._verify)

    def _read(self, response: requests.Response, url: str, question: Question, deadline: Deadline) -> Answer | str:
        status, headers = response.status_code, response.headers
        if status in (200, 203):
            return Answer(status, url, headers, self._body(response.raw, url, question.max_bytes, deadline))
        _discard(response.raw)
        if status == 304 and question.validators:
            return Answer(status, url, headers, b"")
        if status in _REDIRECTS and "Location" in headers:
            return _target(url, headers["Location"])
        raise _bad_status(url, status, headers.get("Retry-After"))

    def _body(self, raw: BaseHTTPResponse, url: str, max_bytes: int, deadline: Deadline) -> bytes:
        """What counts is the size after decompression, and the decoder is never asked for more than one piece."""
        declared = raw.headers.get("Content-Length", "")
        if declared.isascii() and declared.isdigit() and float(declared) > max_bytes:
            raise _too_large(url, max_bytes)
        body = bytearray()
        while piece := raw.read1(_PIECE, decode_content=True):
            body += piece
            if len(body) > max_bytes:
                raise _too_large(url, max_bytes)
            if not deadline.left:
                raise _too_late(url, self._limits)
        return bytes(body)


def _target(url: str, location: str) -> str:
    """Header fields arrive decoded as Latin-1, though what stands in them may be UTF-8."""
    try:
        return urljoin(url, requote_uri(location.encode("latin-1").decode("utf-8", "replace")))
    except ValueError as error:
        raise _no_url(location, error) from error


def _discard(raw: BaseHTTPResponse) -> None:
    """Reads what is left if that is little, so that the connection can be used again."""
    if raw.length_remaining is not None and raw.length_remaining <= _PIECE:
        while raw.read1(_PIECE):
            pass


def _bad_status(url: str, status: int, retry_after: str | None) -> FetchFailed:
    wait = _seconds(retry_after)
    if status in (401, 403):
        return Restricted(f"{url} is not open to the public: its publisher answered {status}.", url=url, status=status)
    if status == 429:
        return Unavailable(f"{url}: the publisher wants fewer requests (429).", url=url, status=429, retry_after=wait)
    if status >= 500:
        text = f"{url}: the publisher's server failed ({status}). Try again later."
        return Unavailable(text, url=url, status=status, retry_after=wait)
    hint = "It is not there; check the URL." if status in (404, 410) else "Open it in a browser to see what it says."
    return FetchFailed(f"{url} was answered with status {status}. {hint}", url=url, status=status)


def _seconds(retry_after: str | None) -> float | None:
    if not retry_after:
        return None
    try:
        return Retry(retry_after_max=_DAY).parse_retry_after(retry_after)
    except HTTPError:
        return None


def _no_url(url: str, error: Exception) -> FetchRefused:
    return FetchRefused(f"{url!r} is not a URL that can be fetched: {error}.")


def _too_large(url: str, max_bytes: int) -> FetchFailed:
    return FetchFailed(f"{url} is larger than the {max_bytes:,} bytes that are taken of it.", url=url)


def _too_late(url: str, limits: Limits) -> Unavailable:
    return Unavailable(f"{url} was not answered within {limits.total_timeout:g} s. Try again later.", url=url)


def _connection_failed(url: str, error: Exception, deadline: Deadline, limits: Limits) -> FetchFailed:
    if isinstance(_root(error), ssl.SSLCertVerificationError):
        return FetchFailed(f"{url}: its certificate is not trusted ({_root(error)}). Tell its publisher.", url=url)
    if not deadline.left:
        return _too_late(url, limits)
    return Unavailable(f"{url} could not be fetched: {_root(error)}. Try again later.", url=url)


def _root(error: BaseException) -> BaseException:
    """The reason that requests and urllib3 have wrapped up."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error
