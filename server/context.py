"""What a view reaches through its application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app, request

from iiif_store.links import Links
from server.answers import Answers
from server.auth import Rights
from server.drawing import Drawing
from server.images import OpenImages
from server.limits import Limits
from server.metrics import Metrics
from server.proxies import base_of
from server.recent import Recent
from server.services import Services

SERVICES, DOORS = "glossator", "glossator.doors"
"""Keys of `app.extensions`."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What only the web side has."""

    rights: Rights
    limits: Limits
    answers: Answers
    metrics: Metrics
    recent: Recent
    opened: OpenImages
    drawing: Drawing


def services() -> Services:
    """What this application was built of."""
    return cast(Services, current_app.extensions[SERVICES])


def doors() -> Doors:
    """What only the web side has."""
    return cast(Doors, current_app.extensions[DOORS])


def links() -> Links:
    """Our URLs as this client must see them; raises BadRequest without a usable Host."""
    return Links(base_of(request.environ, services().settings.base_url))
