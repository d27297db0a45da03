"""What changed, in order: the rows behind the stream of Change Discovery (IIIF Change Discovery 1.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

ROWS_PER_PAGE = 50

Change = Literal["Refresh", "Create", "Update", "Delete"]


@dataclass(frozen=True, slots=True)
class Activity:
    """One row of the stream. The first row of every stream is a Refresh, which names no source."""

    type: Change
    source: str
    kind: Literal["manifest", "collection", ""]
    time: str
    """When it was announced, UTC, xsd:dateTime with Z; never earlier than that of the row before."""


class Activities(Protocol):
    """An append-only stream that is derived from what the sources are when it is read.

    Whoever changes a source touches it, and that is cheap. Reading settles: each touched source is compared with what
    the stream last said of it. So however writers race, the newest row of a source tells what it is.

    It is touched before it is written as well as afterwards: before, since a writer may be killed between the two, and
    then nobody would ever tell; afterwards, since somebody may settle what was touched before it is written.
    """

    def touch(self, source: str) -> None:
        """Note that a source, or what is published with it, has changed."""
        ...

    def settle(self) -> None:
        """Write one row for each source touched since; none where a source came and went unseen."""
        ...

    def count(self) -> int:
        """Rows in all, the first Refresh among them."""
        ...

    def page(self, number: int) -> list[Activity]:
        """Rows `number * ROWS_PER_PAGE` and following, oldest first; empty past the end."""
        ...
