"""Who may make a model run by looking, and how the first look waits for it (design, section 4)."""

from __future__ import annotations

from flask import abort, request

from iiif_store.reading import Reading
from iiif_store.source import Source
from ml_backends.types import BackendUnavailable
from server import respond
from server.context import doors, services
from server.errors import NotComputed, TokenNeeded
from server.journal import note
from server.negotiation import Form
from server.pages import Place


def may_compute(source: Source) -> bool:
    """Whether this client's GET of a page may make a model run."""
    policy = source.effective_policy
    return policy == "open" or (policy == "token" and doors().rights.writer(request) is not None)


def read(place: Place, form: Form) -> Reading:
    """The reading of a page. The first GET waits for the model; a HEAD never does, and ends here with a bare answer.

    Raises BackendUnavailable where nobody, and TokenNeeded, NotComputed or TooManyRequests where this client may not
    have the page computed; and what `Engine.ensure` raises.
    """
    note(request.environ, revision=place.task.revision[:16])
    pages = services().pages
    if reading := pages.stored(place):
        return reading
    if request.method == "HEAD":
        abort(respond.unread(form))
    _claim_a_share(place)
    return pages.compute(place)


def _claim_a_share(place: Place) -> None:
    if lack := services().recipes.problem(place.layer):
        raise BackendUnavailable(lack)
    policy = place.source.effective_policy
    if not may_compute(place.source):
        if policy == "token":
            raise TokenNeeded("This page is not computed yet, and only who has a token may have it computed.")
        why = place.source.refusal if policy == "off" and place.source.refusal else f"the policy is {policy!r}"
        raise NotComputed(f"This page is not computed, and looking at it does not start a model here: {why}.")
    doors().limits.count(request.remote_addr or "unknown")
