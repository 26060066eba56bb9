"""A file on a bad line: it goes on where it stopped, also in another visit, and the form waits."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import story
from tests.browser.live import Demo
from tests.browser.people import Person

PIECE = 256 * 1024
CONTENT = story.PHOTO.read_bytes() + bytes(440_000 - story.PHOTO.stat().st_size)
FILE: Any = {"name": "照片.jpg", "mimeType": "image/jpeg", "buffer": CONTENT}
OFFLINE = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "ERR_ABORTED")


def draft(person: Person) -> Page:
    person.become("p003")
    page = person.open("/apply/lost_certificate")
    page.get_by_role("button", name="开始").first.click()
    person.settle()  # the scripts watch the form by now
    return page


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_upload_goes_on_after_the_line_was_cut(browser: Browser, demo: Demo, width: int) -> None:
    with Person(browser, demo, width=width) as applicant:
        page = draft(applicant)
        offsets: list[str] = []

        def cut(route: Any) -> None:
            offsets.append(route.request.headers["upload-offset"])
            if len(offsets) == 2:
                applicant.context.set_offline(True)
                route.abort("internetdisconnected")
            else:
                route.continue_()

        page.route(re.compile(r"/uploads/\w{32}$"), lambda route: (
            cut(route) if route.request.method == "PATCH" else route.continue_()
        ))  # fmt: skip
        page.get_by_label("二寸照片").set_input_files(FILE)
        expect(page.locator(".upload-words")).to_contain_text("连接中断", timeout=15_000)
        assert page.locator("progress").evaluate("bar => bar.value") == PIECE
        applicant.forgive(*OFFLINE)

        applicant.context.set_offline(False)

        expect(page.get_by_label("保留：照片.jpg")).to_be_checked(timeout=20_000)
        assert offsets == ["0", str(PIECE), str(PIECE)]
        expect(page.locator(".autosave")).to_contain_text("已保存", timeout=15_000)
        page.unroute_all()
        applicant.forgive(*OFFLINE)
        applicant.check()
        page.reload()
        expect(page.get_by_label("保留：照片.jpg")).to_be_checked()


@pytest.mark.browser
def test_form_waits_for_its_file_and_stops_at_a_refused_one(browser: Browser, demo: Demo) -> None:
    with Person(browser, demo) as applicant:
        page = draft(applicant)
        words: Any = {"name": "说明.jpg", "mimeType": "image/jpeg", "buffer": b"only some words"}
        page.get_by_label("二寸照片").set_input_files(words)
        expect(page.locator(".upload-row .invalid-feedback")).to_contain_text("文件格式不符")
        applicant.check()
        page.get_by_role("button", name="移除").click()
        page.get_by_label("遗失的是哪一本证书").select_option(index=1)
        page.get_by_label("遗失说明").fill("2026年10月搬家时不慎遗失，多次查找未果。")
        page.get_by_label("本人声明上述证书作废").check()
        page.get_by_label("本人作出以上承诺").check()

        page.get_by_label("二寸照片").set_input_files(FILE)
        page.get_by_role("button", name="提交申请").click()

        page.wait_for_url(re.compile(r"/cases/\w{32}$"))
        assert "提交成功" in page.locator("main").inner_text()
