"""People at their browsers: each in a window of his own, every page watched for faults.

A page fails the test when the console shows an error, when the content security policy is broken,
or when axe finds a violation of level A or AA.
"""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType

from playwright.sync_api import Browser, Page

from app.scheduler.virtual import find_actor
from tests.browser.live import Demo
from tests.browser.windows import Windows
from tests.journeys.visitor import CSRF, SIGN_IN

AXE = Path("app/web/static/dist/test/axe.min.js")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
VIEW = {"width": 1280, "height": 900}
WINDOWS = Windows()


class Person:
    """Somebody using the demo."""

    def __init__(self, browser: Browser, demo: Demo, *, width: int = 1280) -> None:
        self.demo, self._browser = demo, browser
        self._window = WINDOWS.take(browser)
        self.context, self.page = self._window.context, self._window.page
        self.page.set_viewport_size({**VIEW, "width": width})

    def __enter__(self) -> Person:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if kind is not None:
            self.context.close()
            return
        faults = list(self._window.faults)
        WINDOWS.give_back(self._browser, self._window)
        assert faults == []

    def settle(self) -> None:
        """Wait until the page is loaded and its scripts have got what they asked for."""
        self._window.settle()

    def forgive(self, *words: str) -> None:
        """Forget what the page complained of with one of these words: it was done on purpose."""
        faults = self._window.faults
        faults[:] = [said for said in faults if not any(word in said for word in words)]

    def open(self, path: str) -> Page:
        """Open a page of the demo and check it."""
        self.page.goto(path if path.startswith("http") else f"{self.demo.address}{path}")
        self.check()
        return self.page

    def check(self) -> None:
        """Run axe over the page as it stands, and look for text that runs out of the window."""
        self.settle()
        found = self.page.evaluate(
            AXE.read_text(encoding="utf-8")
            + "\n;axe.run(document, {runOnly: {type: 'tag', values: "
            + str(LEVELS)
            + "}}).then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))"
        )
        assert found == [], (self.page.url, found)
        width, shown = self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width <= shown, f"{self.page.url} scrolls sideways: {width} > {shown}"

    def resize(self, width: int) -> None:
        """Make the window this wide, and check the page that is open."""
        self.page.set_viewport_size({**VIEW, "width": width})
        self.check()

    def become(self, name: str) -> None:
        """Sign in as one of the demo's personas, by user name, without drawing the page for it."""
        ask, address = self.context.request, self.demo.address
        token = CSRF.search(ask.get(f"{address}{SIGN_IN}").text())
        assert token is not None
        account = find_actor(self.demo.house, name).account_id
        fields = {"csrf_token": token[1], "account": account}
        answer = ask.post(f"{address}/personas", form=fields, max_redirects=0)
        assert answer.status == 302, answer.text()

    def choose(self, name: str) -> None:
        """Sign in as one of the demo's personas by a click on the page."""
        self.page.goto(f"{self.demo.address}/personas?q={name}")
        self.page.locator("button.persona", has=self.page.get_by_text(name, exact=True)).click()
        self.settle()

    def wait_for(self, path: str, text: str, *, seconds: float = 30) -> None:
        """Open a page again and again until background work has made it show a text."""
        end = time.monotonic() + seconds
        while True:
            self.page.goto(f"{self.demo.address}{path}")
            if text in self.page.content():
                return
            assert time.monotonic() < end, f"{path} never showed {text}"
            time.sleep(0.5)
