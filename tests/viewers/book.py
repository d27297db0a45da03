"""The coloured pages as a book that is registered."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from tests.viewers.pages import JSON
from tests.viewers.site import Server, Site

Publish = Callable[..., "Book"]


@dataclass(frozen=True, slots=True)
class Book:
    server: Server
    source: str
    names: list[str]
    """Of the pages, in their order."""

    def canvas(self, name: str) -> JSON:
        return dict(self.server.manifest(self.source)["items"][self.names.index(name)])

    def view(self, name: str, **options: Any) -> str:
        """URL of the viewer at a page."""
        return self.server.view(self.source, canvas=self.canvas(name)["id"], **options)


def publisher_of_books(site: Site) -> Publish:
    """Makes books that nobody has opened before, of pictures that somebody may have read."""
    fresh = itertools.count()

    def publish(
        *backends: str, server: Server | None = None, change: Callable[[JSON], JSON] | None = None, **wishes: str
    ) -> Book:
        url = site.paintbox.manifest(None, "3", copy=str(next(fresh)), **wishes)
        if change:
            url = site.origin.publish(f"/{next(fresh)}/manifest", change(requests.get(url, timeout=60).json()))
        chosen = server or site.server
        return Book(chosen, chosen.register(url, *backends), site.paintbox.shelf.names(None))

    return publish
