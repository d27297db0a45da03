"""The IRIs of an annotation that comes in: which of them may be published, and how the publisher writes his own.

His canvases keep the names that he gave them, blanks, braces and quotes too, since that is what his manifest and ours
call them; but editors write the same names percent-encoded, or not. Other IRIs have to be proper ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .jsonld import RELATIVE, inside
from .shape import listed
from .targets import Scene
from .unusable import Unusable

_BARRED = ("javascript:", "data:", "vbscript:", "file:", "blob:")
"""Schemes of IRIs that a viewer might follow and should not."""
_CHARACTERS = r"[^\s<>\"{}|\\^`]"
_ABSOLUTE = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_CHARACTERS}+")
_PART = re.compile(rf"(?:#{_CHARACTERS}*)?")
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_RESERVED = ":/?#[]@!$&'()*+,;="


def is_absolute(iri: str) -> bool:
    """Whether it is an IRI that stands by itself."""
    return _ABSOLUTE.fullmatch(iri) is not None


def settle(node: Any, scene: Scene) -> None:
    """Has an expanded document name canvases as their publisher does. Raises Unusable for an IRI that is relative, or
    of a scheme that should not be followed, or none. Types that no context defines are left out."""
    canvases = {spelled(iri): iri for iri in reversed(list(scene.canvases))}
    for found in inside(node):
        if "@type" in found and "@value" not in found:
            _drop_undefined(found)
        iri = found.get("@id")
        if isinstance(iri, str) and not iri.startswith("_:"):
            found["@id"] = _settled(iri, scene, canvases)


def spelled(iri: str) -> str:
    """The same for every spelling of an IRI, percent-encoded or not (RFC 3987, 5.3.2.3)."""
    encoded = quote(iri, safe=f"{_RESERVED}%")
    return _ESCAPE.sub(_letter, encoded)


def _drop_undefined(found: dict[str, Any]) -> None:
    types = [name for name in listed(found.pop("@type")) if not str(name).startswith(RELATIVE)]
    if types:
        found["@type"] = types


def _settled(iri: str, scene: Scene, canvases: Mapping[str, str]) -> str:
    if iri.startswith(RELATIVE):
        word = iri.removeprefix(RELATIVE)[:200]
        raise Unusable(f"{word!r} is neither an absolute IRI nor a word that its context defines")
    canvas, part = _on_canvas(iri, scene, canvases)
    proper = _PART.fullmatch(part) if canvas else is_absolute(iri) or scene.known(iri)
    if not proper or iri.lower().startswith(_BARRED):
        raise Unusable(f"{iri[:80]!r} is no IRI that may be published")
    return canvas + part if canvas else iri


def _on_canvas(iri: str, scene: Scene, canvases: Mapping[str, str]) -> tuple[str, str]:
    """The canvas that an IRI names, as its publisher does, and what part of it; "" for none."""
    base, mark, part = iri.rpartition("#")
    for name, rest in ((iri, ""), (base, mark + part)):
        if canvas := name if name in scene.canvases else canvases.get(spelled(name)):
            return canvas, rest
    return "", ""


def _letter(escape: re.Match[str]) -> str:
    """What stands for a letter that needs no encoding, as that."""
    plain = chr(int(escape[0][1:], 16))
    return plain if quote(plain, safe="") == plain else escape[0].upper()
