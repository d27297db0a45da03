"""What may stand in our URLs. Anything else is no route at all, so that views see well-formed identifiers only."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter


class VersionPart(BaseConverter):
    """A version of the Presentation API."""

    regex = "[23]"


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


CONVERTERS = {
    "version": VersionPart,
    "key": KeyPart,
    "layer": LayerPart,
    "name": NamePart,
    "revision": RevisionPart,
    "annotation": AnnotationPart,
}


def register(app: Flask) -> None:
    """Make the converters known to the application's routes."""
    app.url_map.converters.update(CONVERTERS)
