"""The whole story in a real browser, as each persona, to the verdict behind the QR code."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Browser

from tests.browser import story
from tests.browser.live import Demo
from tests.browser.people import Person


def test_lost_certificate_becomes_a_verifiable_electronic_one(
    browser: Browser, demo: Demo, tmp_path: Path
) -> None:
    case = story.declare(browser, demo)
    with Person(browser, demo) as applicant:
        applicant.become("p003")
        page = applicant.open(case)
        assert page.get_by_role("button", name="提交单位").is_disabled()
        assert "最早可提交时间" in page.content()
    with Person(browser, demo) as public:
        assert public.open("/publicity").get_by_text("覃砚舟").first.is_visible()

    story.skip_workdays(browser, demo, 5)
    story.skip_workdays(browser, demo, 1)
    story.submit(browser, demo, case)
    for who in (story.UNIT, story.DEPARTMENT, story.CITY):
        story.review(browser, demo, who)
    story.collect(browser, demo)
    story.apply_for_issuance(browser, demo)
    story.review_issuance(browser, demo)
    story.release(browser, demo)

    certificate = _download(browser, demo, case, tmp_path)
    address = _qr_address(certificate)
    with Person(browser, demo, width=360) as anybody:
        verdict = anybody.open(address)
        assert verdict.get_by_role("heading", name="有效").is_visible()
        assert "450223198406309995" not in verdict.content()


def _download(browser: Browser, demo: Demo, case: str, folder: Path) -> Path:
    with Person(browser, demo) as holder:
        holder.become("p003")
        holder.wait_for(case, "/certificates/")
        holder.check()
        page = holder.page
        page.locator("a[href*='/certificates/']").first.click()
        page.get_by_role("checkbox").check()
        with page.expect_download() as download:
            page.locator(".btn-primary").first.click()
        file = folder / "certificate.pdf"
        download.value.save_as(file)
        return file


def _qr_address(certificate: Path) -> str:
    image = subprocess.run(
        ["pdftoppm", "-r", "150", "-png", certificate], capture_output=True, check=True
    ).stdout
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(image)))
    return str(code.text)
