"""Failures of the moment: asking again later may help, and until then a stale copy will do."""

from __future__ import annotations

from ..errors import FetchFailed


class Unavailable(FetchFailed):
    """Down, too slow, overloaded or cut off in the middle; nothing was said about the resource itself."""
