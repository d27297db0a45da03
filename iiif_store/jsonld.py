"""JSON-LD by pyld over contexts that are shipped: the network is never asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from pyld import jsonld

from .errors import GlossatorError
from .links import Links
from .shape import JSON


class UnknownContext(GlossatorError, LookupError):
    """A document names a context that is not shipped."""


def expand(document: JSON, links: Links) -> list[JSON]:
    """The expanded form. `links` says which context is ours. Raises UnknownContext for one that is not shipped."""
    expanded: list[JSON] = _call(jsonld.expand, document, links)
    return expanded


def to_rdf(document: JSON, links: Links) -> str:
    """N-Quads; errors as for `expand`."""
    return str(_call(jsonld.to_rdf, document, links, format="application/n-quads"))


def context_document(links: Links) -> JSON:
    """Our own context, to be served at `links.context()`: the scoped property `inference`, what P2 has no word for, and
    the motivation that anno.jsonld forgot (specs 2.6, 2.7)."""
    base = f"{links.context()}#"
    scoped = {
        # Not typed as decimal: JSON-LD writes fractions like doubles, which is no lexical form of a decimal.
        "confidence": f"{base}confidence",
        "threshold": f"{base}threshold",
        "scoreType": f"{base}scoreType",
        "run": {"@id": f"{base}run", "@type": "@id"},
    }
    return {
        "@context": {
            "@version": 1.1,
            "assessing": "http://www.w3.org/ns/oa#assessing",
            "inference": {"@id": f"{base}inference", "@type": "@id", "@context": scoped},
        }
    }


def _call(function: Callable[..., Any], document: JSON, links: Links, **options: Any) -> Any:
    try:
        return function(document, {"documentLoader": _loader(links), **options})
    except jsonld.JsonLdError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, UnknownContext):
            cause = cause.__cause__
        raise cause or GlossatorError(f"JSON-LD that cannot be read: {error}") from error


def _loader(links: Links) -> Callable[[str, JSON], JSON]:
    def load(url: str, options: JSON) -> JSON:
        document = context_document(links) if url == links.context() else _shipped(url)
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": document}

    return load


def _shipped(url: str) -> JSON:
    name = _index().get(url.removeprefix("https://").removeprefix("http://"))
    if name is None:
        raise UnknownContext(f"The JSON-LD context {url} is not shipped, and none is fetched.")
    document: JSON = _read(name)
    return document


@cache
def _index() -> dict[str, str]:
    return {entry["uri"]: entry["file"] for entry in _read("index.json")["contexts"]}


@cache
def _read(name: str) -> Any:
    return orjson.loads(files("iiif_store.contexts").joinpath(name).read_bytes())
