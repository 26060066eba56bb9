"""Browser windows, lent to one person after the other.

A new context starts a new renderer, which costs more than what most people do in it.
"""

from __future__ import annotations

from playwright.sync_api import Browser, ConsoleMessage, Request

REFUSALS = (404, 409, 422)
QUIET_MS = 100  # after so long without a request a page has done what it was about to do
PATIENCE = 300


class Window:
    """A window with cookies of its own, watched for faults and for what it asks the server."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(accept_downloads=True, locale="zh-CN", bypass_csp=False)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self._asked: set[Request] = set()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda sent: self._asked.add(sent))
        for ended in ("requestfinished", "requestfailed"):
            self.page.on(ended, lambda sent: self._asked.discard(sent))

    def _hear(self, message: ConsoleMessage) -> None:
        expected = any(f"status of {code}" in message.text for code in REFUSALS)
        if message.type == "error" and not expected:
            self.faults.append(message.text)

    def settle(self) -> None:
        """Wait until the page is loaded and its scripts have got what they asked for."""
        self.page.wait_for_load_state()
        for _ in range(PATIENCE):
            self.page.wait_for_timeout(QUIET_MS)
            if not self._asked:
                return
        raise AssertionError((self.page.url, "waits for", [sent.url for sent in self._asked]))

    def clean(self) -> None:
        """Leave nothing of who was here; the pages keep nothing but cookies."""
        for page in self.context.pages:
            if page is not self.page:
                page.close()
        self.page.unroute_all()
        self.page.goto("about:blank")
        self.page.emulate_media(media="null", color_scheme="null")
        self.context.set_offline(False)
        self.context.clear_cookies()
        self.faults, self._asked = [], set()


class Windows:
    """The windows of each browser that nobody is using."""

    def __init__(self) -> None:
        self._free: dict[Browser, list[Window]] = {}

    def take(self, browser: Browser) -> Window:
        """Return a window as if it were new."""
        free = self._free.setdefault(browser, [])
        return free.pop() if free else Window(browser)

    def give_back(self, browser: Browser, window: Window) -> None:
        """Keep a window for the next person."""
        window.clean()
        self._free[browser].append(window)
