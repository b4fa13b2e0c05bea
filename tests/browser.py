"""A real browser that watches itself: what went wrong in a page, and whom it asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.needs import chromium

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation",
    (event) => console.error("CSP", event.violatedDirective, event.sourceFile, event.sample));"""


@dataclass
class Visit:
    """One page with all that it complained of, and the hosts of all requests."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def listen(self) -> None:
        self.page.add_init_script(TELL_VIOLATIONS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._refuse)
        self.page.on("request", lambda request: self._note(request.url))

    def cell(self, cell: int) -> tuple[float, float]:
        """Where a cell of the map is drawn, in pixels of the window; it is scrolled into sight."""
        self.page.locator("[data-map-drawing]").scroll_into_view_if_needed()
        x, y = self.page.evaluate(WHERE, cell)
        return float(x), float(y)

    def open_map(self, url: str) -> None:
        self.page.goto(url)
        self.wait_for_map()

    def wait_for_map(self) -> None:
        self.page.wait_for_selector("[data-map][data-drawn=true]", timeout=20_000)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _refuse(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note(self, url: str) -> None:
        if not url.startswith("data:"):
            self.hosts.add(urlsplit(url).netloc)


WHERE = """(cell) => {
    const drawing = document.querySelector("[data-map-drawing]");
    const box = drawing.getBoundingClientRect();
    const { xaxis, yaxis } = drawing._fullLayout;
    const columns = Math.round(xaxis.range[1] - xaxis.range[0]);
    return [
        box.left + xaxis._offset + xaxis.l2p(cell % columns),
        box.top + yaxis._offset + yaxis.l2p(Math.floor(cell / columns)),
    ];
}"""


@contextmanager
def visiting(**options: Any) -> Iterator[Visit]:
    """Open a window; `options` are those of a Playwright context, as `color_scheme`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        try:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
            visit = Visit(context.new_page())
            visit.listen()
            yield visit
        finally:
            browser.close()
