"""What may stand in our URLs. Anything else is no route at all, so that views see well-formed identifiers only."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter


class VersionPart(BaseConverter):
    """A version of the Presentation API."""

    regex = "[23]"


class SearchPart(BaseConverter):
    """A version of the Content Search API."""

    regex = "[21]"


class KeyPart(BaseConverter):
    """A source id or canvas key: 12 base32 characters, lower case."""

    regex = "[a-z2-7]{12}"


class LayerPart(BaseConverter):
    """A layer: a backend, with @ and a version where it is pinned."""

    regex = "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(?:@[A-Za-z0-9][A-Za-z0-9_.+-]{0,31})?"


class NamePart(BaseConverter):
    """A backend, a version, a local image."""

    regex = "[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}"


class RevisionPart(BaseConverter):
    """A whole revision."""

    regex = "[0-9a-f]{64}"


class AnnotationPart(BaseConverter):
    """<canvas>-<16 characters of the revision>-<number>."""

    regex = "[a-z2-7]{12}-[0-9a-f]{16}-(?:0|[1-9][0-9]{0,6})"


class MemberPart(BaseConverter):
    """The last segment of an annotation's URL, whoever made it."""

    regex = "[a-z0-9][a-z0-9._-]{0,63}"


class NumberPart(BaseConverter):
    """The number of a page, from 0."""

    regex = "(?:0|[1-9][0-9]{0,8})"

    def to_python(self, value: str) -> int:
        return int(value)


class PrefixPart(BaseConverter):
    """The beginning of a source id."""

    regex = "[a-z2-7]{1,6}"


CONVERTERS = {
    "version": VersionPart,
    "search": SearchPart,
    "key": KeyPart,
    "layer": LayerPart,
    "name": NamePart,
    "revision": RevisionPart,
    "annotation": AnnotationPart,
    "member": MemberPart,
    "number": NumberPart,
    "prefix": PrefixPart,
}


def register(app: Flask) -> None:
    """Make the converters known to the application's routes."""
    app.url_map.converters.update(CONVERTERS)
