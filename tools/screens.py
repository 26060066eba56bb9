"""`make screens`: every page at 360 and 1280 px and every document page, as PNG to be looked at.

A demo is served, the main story is clicked through, and each kind of person's pages are taken.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from app.config import ROOT
from app.domain.certificates.tables import Certificate
from tests.browser import story
from tests.browser.live import Demo, running_demo
from tests.browser.people import Person
from tests.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES

WIDTHS = (360, 1280)
OUT = ROOT / "instance" / "screens"


class Camera:
    """Takes pages of one demo."""

    def __init__(self, browser: Browser, demo: Demo) -> None:
        self.browser = browser
        self.demo = demo
        self.number = 0

    def take(
        self, name: str, path: str, *, who: str | None = None, first_task: bool = False
    ) -> None:
        """Take a page as somebody sees it, at both widths."""
        self.number += 1
        for width in WIDTHS:
            with Person(self.browser, self.demo, width=width) as person:
                if who is not None:
                    person.become(who)
                page = person.open(path)
                if first_task:
                    page.locator("a[href^='/tasks/']").first.click()
                    person.check()
                file = OUT / f"{self.number:02d}-{name}-{width}.png"
                page.screenshot(path=str(file), full_page=True)
        print(f"{self.number:02d} {name}")


def main() -> None:
    """Take everything anew."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    path = next(found for name in CHROMIUM_NAMES if (found := shutil.which(name)))
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        camera = Camera(browser, demo)
        case = _take_first_pages(camera)
        _take_reviews(camera, case)
        _after(camera, case)
        browser.close()
    _documents()


def _take_first_pages(camera: Camera) -> str:
    browser, demo = camera.browser, camera.demo
    camera.take("home", "/")
    camera.take("verify", "/verify")
    camera.take("verify-number", "/verify/number")
    camera.take("verify-file", "/verify/file")
    camera.take("procedure", "/apply/lost_certificate")
    camera.take("sign-in", "/sign-in")
    camera.take("personas", "/personas")
    camera.take("procedures", "/apply", who="p003")
    camera.take("introduction", "/apply/lost_certificate", who="p003")
    camera.take("my-before", "/my", who="p003")
    case = story.declare(browser, demo)
    camera.take("status-publicity", case, who="p003")
    camera.take("publicity", "/publicity")
    camera.take("demo", "/demo")
    story.skip_workdays(browser, demo, 5)
    story.skip_workdays(browser, demo, 1)
    camera.take("status-may-submit", case, who="p003")
    return case


def _take_reviews(camera: Camera, case: str) -> None:
    browser, demo = camera.browser, camera.demo
    story.submit(browser, demo, case)
    for name, who in (("unit", story.UNIT), ("department", story.DEPARTMENT), ("city", story.CITY)):
        camera.take(f"inbox-{name}", "/inbox", who=who)
        camera.take(f"task-{name}", "/inbox", who=who, first_task=True)
        story.review(browser, demo, who)
    camera.take("task-collect", "/inbox", who=story.CITY, first_task=True)
    story.collect(browser, demo)
    camera.take("task-apply", "/inbox", who=story.APPLYING, first_task=True)
    story.apply_for_issuance(browser, demo)
    camera.take("task-review", "/inbox", who=story.REVIEWING, first_task=True)
    story.review_issuance(browser, demo)
    camera.take("task-release", "/inbox", who=story.REGION, first_task=True)
    story.release(browser, demo)


def _after(camera: Camera, case: str) -> None:
    with Person(camera.browser, camera.demo) as holder:
        holder.become("p003")
        holder.wait_for(case, "/certificates/")
        link = re.search(r'href="(/certificates/\w+/download)"', holder.page.content())
    camera.take("status-done", case, who="p003")
    camera.take("my-certificates", "/my", who="p003")
    camera.take("notices", "/notices", who="p003")
    if link:
        camera.take("usage-notice", link.group(1), who="p003")
    with camera.demo.app.app_context(), camera.demo.house.unit_of_work() as session:
        token = session.query(Certificate).one().qr_token
    camera.take("verdict", f"/v/{token}")
    camera.take("verdict-none", f"/v/{'A' * 27}")
    camera.take("incidents", "/incidents", who="platform.admin1")
    camera.take("calendar", "/operating/calendar", who="platform.admin1")


def _documents() -> None:
    """Render the certificate that `make demo` left, if it did."""
    certificate = ROOT / "instance" / "demo" / "certificate.pdf"
    if certificate.is_file():
        target = OUT / "document-certificate"
        subprocess.run(["pdftoppm", "-r", "100", "-png", certificate, target], check=True)


if __name__ == "__main__":
    main()
