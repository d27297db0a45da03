"""Our own URLs in what people wrote: kept without the base, under which they are published.

`local:3/...` stands for `<base>/iiif/3/...`, as in the documents of books that live here, and `local:/...` for
`<base>/...`. A text that begins so by itself is kept as `local::...`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .links import Links

SCHEME = "local:"


def stored(value: Any, links: Links) -> Any:
    """A JSON value with every string that is a URL of ours freed from the base."""

    def free(text: str) -> str:
        if text.startswith(SCHEME):
            return f"{SCHEME}:{text.removeprefix(SCHEME)}"
        if not text.startswith(f"{links.base}/"):
            return text
        path = text.removeprefix(links.base)
        return SCHEME + (path.removeprefix("/iiif/") if path.startswith("/iiif/") else path)

    return _mapped(value, free)


def published(value: Any, links: Links) -> Any:
    """The same value under the base of `links`; undoes `stored`."""

    def place(text: str) -> str:
        if not text.startswith(SCHEME):
            return text
        rest = text.removeprefix(SCHEME)
        if rest.startswith(":"):
            return SCHEME + rest.removeprefix(":")
        return links.base + (rest if rest.startswith("/") else f"/iiif/{rest}")

    return _mapped(value, place)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    return value
