"""One look at a page of the server with a browser, and what the browser complained about meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response

from tests.viewers.pages import PAGES
from tests.viewers.pixels import Frame, Mask, Pixels, changed, coloured, frame_of, picture

NOISE = {
    "Accessing element.ref was removed in React 19": "Mirador 4.0.0 with the React of its own bundle, at every start",
    "MUI: The `value` provided to the Tabs component is invalid": "Mirador 4.0.0 has no tab for annotations until it "
    "has seen one, and is told to open that tab",
}
"""Errors on the console that are not ours, each with its reason. Nothing else may appear there."""

OF_UNIVERSAL_VIEWER = {
    "/images/data:image/gif": "Universal Viewer 4.4.0 gives its OpenSeadragon no prefixUrl, and buttons as data: URLs",
}
"""Requests that fail, each with its reason."""

BOOKS_OF_OTHERS = ("/image/level0-", "net::ERR_CONNECTION_REFUSED")
"""Small pictures on the first page that are not there, of books that other tests opened: their publisher has only the
sizes that it lists, or is gone."""

ROWS = ".mirador-window-sidebar-annotation-panel li[annotationid]"
"""The annotation list of Mirador."""
BOXES = ".annotationRect"
"""What Universal Viewer draws."""
QUIET = """.mirador-canvas-nav, div:has(> [aria-label="Collapse sidebar"]) { visibility: hidden }"""
"""Mirador's controls lie over the page."""
CONTRAST = """() => {
  const luminance = (color) => {
    const parts = color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (color !== "rgba(0, 0, 0, 0)") return color;
    }
    return "rgb(255, 255, 255)";
  };
  const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  return [...document.querySelectorAll("header *, main *, footer")]
    .filter((element) => !element.closest("#viewer") && own(element) && element.checkVisibility())
    .map((element) => {
      const [one, two] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
      return [element.textContent.trim().slice(0, 40), (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)];
    })
    .filter(([, ratio]) => ratio < 4.5);
}"""
"""Texts whose contrast is below 4.5 (WCAG 2.2, 1.4.3), with it."""
STEADY = 3
"""Screenshots that must be the same one after the other until a picture is believed to be finished."""


class Visit:
    """`page` is Playwright's."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.expected: list[str] = []
        """Parts of complaints that this test provokes."""
        self._complaints: list[str] = []
        self._answers: list[Response] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._complaints.append(f"exception: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    @property
    def complaints(self) -> list[str]:
        """What nobody expected."""
        known = [*self.expected, *NOISE, *OF_UNIVERSAL_VIEWER]
        return [told for told in self._complaints if not any(part in told for part in known)]

    def mirador(self, url: str, *, rows: int | None = None) -> list[str]:
        """Open a view and wait for its annotation list; `rows` of it, or some. The words of each."""
        self.page.goto(url)
        return self.listed(rows)

    def listed(self, rows: int | None = None) -> list[str]:
        """What the annotation list says, chips included, once it has `rows` rows, or any."""
        enough = f"length === {rows}" if rows is not None else "length > 0"
        self.page.wait_for_function(f"document.querySelectorAll('{ROWS}').{enough}")
        return self.page.locator(ROWS).all_inner_texts()

    def chips(self) -> list[str]:
        return self.page.locator(f"{ROWS} .MuiChip-label").all_inner_texts()

    def says(self, words: str, *, no_more: bool = False) -> None:
        """Wait until the line in our bar has these words in it, or has them no more."""
        self.page.locator("#state", has_text=words).wait_for(state="hidden" if no_more else "visible")

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that must happen, while the page goes on."""
        while not condition():
            self.page.wait_for_timeout(100)

    def answers(self, status: int) -> list[str]:
        """The URLs that were answered so."""
        return [response.url for response in self._answers if response.status == status]

    def window(self) -> Pixels:
        """The pixels of the whole window, when nothing moves any more."""
        return self._steady(self.page)

    def canvas(self) -> Pixels:
        """The pixels of Mirador's canvas without its controls, when nothing moves any more."""
        place = self.page.locator(".mirador-osd-container")
        self.page.locator(".openseadragon-canvas canvas").first.wait_for(state="attached")
        return self._steady(place)

    def drawn(self) -> tuple[Pixels, Mask]:
        """Mirador's canvas without annotations, and where it changes when they are drawn."""
        shown = self.canvas()
        self._highlight(False)
        bare = self.canvas()
        self._highlight(True)
        return bare, changed(bare, shown)

    def same(self) -> bool:
        """Whether the page was neither left nor loaded again since `mark`."""
        return bool(self.page.evaluate("globalThis.marked === true"))

    def mark(self) -> None:
        self.page.evaluate("globalThis.marked = true")

    def _highlight(self, on: bool) -> None:
        """As the eye above the list does it; what the list has focused is drawn in any case, so nothing may be."""
        self.page.evaluate(
            """(on) => {
                const { store } = glossator.viewer;
                if (store.getState().windows.glossator.highlightAllAnnotations !== on)
                    store.dispatch(Mirador.toggleAnnotationDisplay("glossator"));
                store.dispatch(Mirador.hoverAnnotation("glossator", []));
            }""",
            on,
        )

    def _steady(self, place: Locator | Page) -> Pixels:
        shots: list[bytes] = []
        while len(shots) < STEADY or len(set(shots[-STEADY:])) > 1:
            self.page.wait_for_timeout(200)
            shots.append(place.screenshot(style=QUIET))
        return picture(shots[-1])

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complaints.append(f"console: {message.text} ({message.location.get('url')})")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the reader went on before it came
            self._complaints.append(f"failed: {request.url} ({request.failure})")

    def _answered(self, response: Response) -> None:
        self._answers.append(response)
        if response.status >= 400:
            self._complaints.append(f"answered {response.status}: {response.url}")


def page_of(bare: Pixels, name: str) -> Frame:
    """Where a coloured page is on a canvas without annotations."""
    frame = frame_of(coloured(bare, PAGES[name].colour))
    assert frame, "the page itself is not drawn"
    return frame
