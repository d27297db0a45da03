"""What people write is in Mirador: listed first, and drawn where they said."""

from __future__ import annotations

import requests

from tests.viewers.book import Publish
from tests.viewers.pages import BOX, JSON
from tests.viewers.test_findings import assert_drawn
from tests.viewers.visit import Visit

NOTED = (0.1, 0.7, 0.3, 0.2)
OUTLINED = (0.5, 0.7, 0.2, 0.2)


def test_a_note_is_listed_first_and_drawn(visit: Visit, publish: Publish) -> None:
    book = publish("scribe")
    canvas = book.canvas("single")
    x, y, w, h = (share * canvas[("width", "height")[n % 2]] for n, share in enumerate(NOTED))
    write(book.server.base, book.source, f"{canvas['id']}#xywh=pixel:{x:.2f},{y:.2f},{w:.2f},{h:.2f}", "A <b>note</b>")
    x, y, w, h = (share * canvas[("width", "height")[n % 2]] for n, share in enumerate(OUTLINED))
    corners = f"{x},{y} {x + w},{y} {x + w},{y + h} {x},{y + h}"
    outline = {"type": "SvgSelector", "value": f"<svg><polygon points='{corners}'/></svg>"}
    write(book.server.base, book.source, {"source": canvas["id"], "selector": outline}, "An outline")

    rows = visit.mirador(book.view("single"), rows=3)
    assert [row.split("\n")[0] for row in rows] == ["A note", "An outline", "Seal, 91 %, scribe 1.0, machine-made"]
    assert_drawn(visit, "single", NOTED, OUTLINED, BOX)


def write(base: str, source: str, target: JSON | str, text: str) -> None:
    body = {"type": "TextualBody", "value": f"<p>{text}</p>", "format": "text/html"}
    note = {"@context": "http://www.w3.org/ns/anno.jsonld", "type": "Annotation", "motivation": "commenting"}
    sent = {**note, "body": body, "target": target}
    requests.post(f"{base}/annotations/{source}/", json=sent, timeout=60).raise_for_status()
