"""JSON-LD by pyld over contexts that are shipped: the network is never asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import orjson
from pyld import jsonld

from .errors import GlossatorError
from .links import Links
from .shape import JSON, identifier, listed, objects

RELATIVE = "https://relative.invalid/"
"""What relative IRIs, and words that no context defines, are resolved against where nothing else is said."""


_NO_VALUES = frozenset({"@id", "@index", "@graph", "@included", "@reverse"})
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_ILLEGAL = re.compile(r"[\x00-\x20\s<>\"{}|\\^`]")


class BadJsonLd(GlossatorError, ValueError):
    """A document that JSON-LD gives no meaning."""


class UnknownContext(GlossatorError, LookupError):
    """A document names a context that is not shipped."""


def expand(document: JSON, links: Links) -> list[JSON]:
    """The expanded form. `links` says which context is ours. Raises UnknownContext for one that is not shipped."""
    expanded: list[JSON] = _call(jsonld.expand, document, links, base=RELATIVE)
    return expanded


def unfolded(expanded: list[JSON], kind: str) -> Iterator[int]:
    """The depth of each value that `framed` would make, one after the other. A node is embedded wherever something
    refers to it, so that a few of them can become more than any memory holds: stop when it is enough."""
    told = _told(expanded)
    roots = {_name(node): node for node in inside(expanded) if kind in listed(node.get("@type"))}
    waiting: list[tuple[Any, tuple[Any, ...]]] = [(node, ()) for node in roots.values()]
    while waiting:
        value, above = waiting.pop()
        yield len(above)
        if isinstance(value, dict):
            waiting += [(inner, above) for inner in listed(value.get("@list"))]
            name = _name(value)
            if name not in above[:-1]:  # in itself a node is embedded once
                waiting += [(inner, (*above, name)) for inner in told.get(name, {}).values()]


def _told(expanded: list[JSON]) -> dict[Any, dict[tuple[str, Any], Any]]:
    """What the whole document says of each node, by its name, everything once; in lists nothing is left out."""
    told: dict[Any, dict[tuple[str, Any], Any]] = {}
    for node in inside(expanded):
        if "@value" in node or "@list" in node:
            continue
        own = told.setdefault(_name(node), {})
        for key, values in node.items():
            if key not in _NO_VALUES:
                own.update({(key, _name(value)): value for value in listed(values)})
        for backwards in objects(node.get("@reverse")):
            for key, others in backwards.items():
                for other in listed(others):
                    told.setdefault(_name(other), {})[key, _name(node)] = node
    return told


def _name(value: Any) -> Any:
    """Of a node its id; one without is another one wherever it stands. Of anything else, what it is."""
    if isinstance(value, dict) and "@value" not in value:
        name = value.get("@id")
        return name if isinstance(name, str) else id(value)
    return value if isinstance(value, str) else repr(value)


def inside(value: Any) -> Iterator[JSON]:
    """All objects in a document, the outer ones first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from inside(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from inside(inner)


def framed(expanded: list[JSON], kind: str, contexts: list[str], links: Links) -> list[JSON]:
    """The nodes of type `kind` (an IRI) with what they refer to inside, compacted by `contexts`, which are left out.
    Takes any form: compacted before, expanded or flattened. Errors as for `expand`."""
    frame = {"@context": contexts, "@type": kind}
    options = {"embed": "@always", "omitGraph": False, "base": RELATIVE}
    found: JSON = _call(jsonld.frame, expanded, links, frame, **options)
    nodes: list[JSON] = found.get("@graph", [found])
    return [{key: value for key, value in node.items() if key != "@context"} for node in nodes]


def to_rdf(document: JSON, links: Links) -> str:
    """N-Quads; relative IRIs are resolved against the document's own. Errors as for `expand`."""
    base = identifier(document) or RELATIVE
    expanded = _legal(_call(jsonld.expand, document, links, base=base))
    return str(_call(jsonld.to_rdf, expanded, links, format="application/n-quads"))


def _legal(value: Any) -> Any:
    """Expanded JSON-LD with what may not stand in an IRI percent-encoded, and without tags of languages that are none:
    publishers have blanks in theirs, and RDF has not."""
    if isinstance(value, list):
        return [_legal(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {_encoded(key): _legal(item) for key, item in value.items()}
    for name in ("@id", "@type"):
        if name in inner:
            types = inner[name]
            inner[name] = [_encoded(item) for item in types] if isinstance(types, list) else _encoded(types)
    if not _LANGUAGE.fullmatch(str(inner.get("@language", "en"))):
        del inner["@language"]
    return inner


def _encoded(iri: Any) -> Any:
    return _ILLEGAL.sub(lambda found: quote(found[0]), iri) if isinstance(iri, str) else iri


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
    label = {"@id": "http://www.w3.org/2000/01/rdf-schema#label", "@container": ["@language", "@set"]}
    labelled = {"@context": {"label": label}}
    return {
        "@context": {
            "@version": 1.1,
            "assessing": "http://www.w3.org/ns/oa#assessing",
            "inference": {"@id": f"{base}inference", "@type": "@id", "@context": scoped},
            "rendering": {
                "@id": "http://purl.org/dc/terms/hasFormat",
                "@type": "@id",
                "@container": "@set",
                **labelled,
            },
        }
    }


def _call(function: Callable[..., Any], document: Any, links: Links, *arguments: Any, **options: Any) -> Any:
    try:
        return function(document, *arguments, {"documentLoader": _loader(links), **options})
    except jsonld.JsonLdError as error:
        raise _unknown_context(error) or BadJsonLd(f"JSON-LD that cannot be read: {_reason(error)}") from error
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # What pyld lets through of documents that are no JSON-LD at all.
        raise BadJsonLd(f"JSON-LD that cannot be read ({type(error).__name__})") from error


def _unknown_context(error: BaseException) -> UnknownContext | None:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, UnknownContext):
        cause = cause.__cause__
    return cause


def _reason(error: jsonld.JsonLdError) -> str:
    """The innermost reason, without the document that is quoted with it."""
    cause: BaseException = error
    while isinstance(cause.__cause__, jsonld.JsonLdError):
        cause = cause.__cause__
    return str(cause.args[0])[:300] if cause.args else "no reason was given"


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
