"""IIIF Content State 1.0: a place in a book as a value that fits into a link, and what such values of others say."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import orjson

from .errors import GlossatorError
from .shape import JSON, identifier, kind, listed, objects, string

LONGEST = 64 * 1024
"""Characters of an encoded state; a link that is longer comes from nobody who means well."""

_NUMBER = r"([0-9]{1,9})(?:\.[0-9]+)?"
"""Bounded: Python makes no number of thousands of digits."""
_XYWH = re.compile(rf"xywh=(?:pixel:)?{','.join([_NUMBER] * 4)}(?:$|&)")
_MANIFESTS = ("Manifest", "Collection")

Region = tuple[int, int, int, int]


class BadState(GlossatorError, ValueError):
    """A content state that cannot be decoded, or that names nothing that can be opened."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a content state points to."""

    manifest: str
    """URI of a Manifest or Collection; of a state given as a bare URI whatever that URI leads to."""
    canvas: str | None = None
    region: Region | None = None
    """x, y, width, height in canvas units."""


def encode(state: Any) -> str:
    """JSON as it must stand in a link (section 6.1): percent-encoded, then base64url without padding."""
    text = state if isinstance(state, str) else orjson.dumps(state).decode()
    return base64.urlsafe_b64encode(quote(text, safe="!'()*~").encode()).rstrip(b"=").decode()


def decode(value: str) -> Any:
    """A URI as it is, else JSON: encoded as above, in standard base64, not percent-encoded, or plain: all occur.
    Raises BadState."""
    text = value.strip()
    if text.startswith(("http://", "https://")):
        return text
    if len(text) > LONGEST:
        raise BadState(f"This content state is {len(text)} characters long; {LONGEST} are the most that is read.")
    plain = text if text.startswith("{") else _unpacked(text)
    if plain.startswith(("http://", "https://")):
        return plain
    try:
        state = orjson.loads(plain)
    except orjson.JSONDecodeError as error:
        raise BadState("This content state is neither a URI nor JSON, encoded or plain.") from error
    if not isinstance(state, dict):
        raise BadState("This content state is JSON, but no object.")
    return state


def place(state: Any) -> Place:
    """What a decoded state points to, in each of the forms of section 2.2; of several targets the first.

    Raises BadState.
    """
    if isinstance(state, dict) and (kind(state) == "Annotation" or "target" in state):
        state = next(iter(listed(state.get("target"))), None)
    if isinstance(state, str):
        return Place(state)
    if not isinstance(state, dict):
        raise BadState("This content state is no JSON object, or an annotation without a target.")
    return _specific(state) if "source" in state else _resource(state)


def canvas_state(canvas: str, manifest: str, region: Region | None = None) -> JSON:
    """A canvas, or a region of it, in a manifest: the simplest form (section 2.2.4)."""
    fragment = f"#xywh={','.join(map(str, region))}" if region else ""
    return {"id": f"{canvas}{fragment}", "type": "Canvas", "partOf": [{"id": manifest, "type": "Manifest"}]}


def _unpacked(text: str) -> str:
    padded = text.replace("+", "-").replace("/", "_").rstrip("=")
    padded += "=" * (-len(padded) % 4)
    try:
        return unquote(base64.urlsafe_b64decode(padded).decode(), errors="strict").strip()
    except (binascii.Error, ValueError) as error:
        raise BadState("This content state is neither a URI nor base64url.") from error


def _specific(state: JSON) -> Place:
    """A SpecificResource; some write `partOf` on it rather than on its source."""
    source = state["source"]
    inner = {"id": source} if isinstance(source, str) else source
    if not isinstance(inner, dict):
        raise BadState("This content state has a target without a source.")
    found = _resource({"partOf": state.get("partOf")} | inner)
    return Place(found.manifest, found.canvas, _selected(state) or found.region)


def _resource(state: JSON) -> Place:
    """A Manifest, Collection, Canvas or Range."""
    uri = string(identifier(state))
    if uri is None:
        raise BadState("This content state names nothing: a target needs an id.")
    if kind(state) in _MANIFESTS:
        return Place(uri)
    manifest = next((identifier(parent) for parent in listed(state.get("partOf")) if _is_manifest(parent)), None)
    if manifest is None:
        raise BadState(f"This content state does not say in which manifest {uri} is (partOf).")
    canvas, _, fragment = uri.partition("#")
    return Place(manifest, canvas if kind(state) in ("Canvas", "") else None, _region(fragment))


def _is_manifest(parent: Any) -> bool:
    return isinstance(parent, str) or (isinstance(parent, dict) and kind(parent) in (*_MANIFESTS, ""))


def _selected(state: JSON) -> Region | None:
    values = (string(selector.get("value")) for selector in objects(state.get("selector")))
    return next((found for value in values if value and (found := _region(value))), None)


def _region(fragment: str) -> Region | None:
    match = _XYWH.search(fragment)
    x, y, width, height = map(int, match.groups()) if match else (0, 0, 0, 0)
    return (x, y, width, height) if width and height else None
