"""Plain text: a line for each line that was read, a form feed between canvases, as pdftotext writes it."""

from __future__ import annotations

from collections.abc import Iterator

from .published import Options, Published


def lines(book: Published, options: Options) -> Iterator[bytes]:
    """The text that stands on the canvases, in the order in which it is published, of all layers that are asked for."""
    for page in book:
        if page.number > 1:
            yield b"\f"
        for item in page.items():
            if item.is_text and item.finding.text is not None:
                yield f"{item.finding.text}\n".encode("utf-8", "replace")
