"""`glossator run`: one manifest into files, without a server (a notebook's work with one command)."""

from __future__ import annotations

from server.run.book import Book, Outcome

__all__ = ["Book", "Outcome"]
