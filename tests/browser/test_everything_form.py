"""One form with every component, filled in by keyboard on a phone and a desk, read and printed."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.engine.package import read_package
from tests.browser import story
from tests.browser.live import Demo
from tests.browser.people import Person

WORKFLOWS = Path("tests/browser/packages/workflows")
FORM = Path("tests/forms/everything.form")
SHOTS = os.environ.get("SCREENSHOTS")


@pytest.fixture
def demo(demo: Demo, tmp_path: Path) -> Demo:
    """The demo with one more procedure."""
    forms = tmp_path / "forms"
    (forms / "everything").mkdir(parents=True)
    shutil.copy(FORM, forms / "everything")
    package = read_package("everything", workflows=WORKFLOWS, forms=forms)
    with demo.app.app_context():
        demo.house.engine.publish(package, published_by="tests")
    return demo


def begin(person: Person) -> Page:
    person.become("p003")
    page = person.open("/apply/everything")
    page.get_by_role("button", name="开始填写").click()
    person.check()
    return page


def shoot(page: Page, name: str) -> None:
    """Keep a picture when somebody wants to look."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def fill(page: Page) -> None:
    """Give a right answer to everything."""
    page.get_by_label("单位", exact=False).first.fill("柳州市农业技术推广站")
    page.get_by_label("姓名", exact=True).fill("覃砚舟")
    page.get_by_label("总结").fill("第一段。\n第二段。")
    page.get_by_label("学时").fill("９０")
    page.get_by_label("授予时间").fill("2012-11-30")
    page.get_by_label("调入").check()
    page.get_by_label("原单位").fill("融水县农技站")
    page.get_by_label("电话").check()
    # A condition that only the server can work out.
    page.get_by_role("button", name="更新表单").click()
    page.get_by_label("联系人职务").fill("科长")
    page.get_by_text("桥梁").click()
    page.locator("#f-work_history-0-from").fill("2008-07-01")
    page.get_by_label("从事工作").fill("农业技术推广")
    page.locator("#f-photo").set_input_files(str(story.PHOTO))
    page.get_by_label("本人签字").check()


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_every_component_is_filled_in_refused_and_read(
    browser: Browser, demo: Demo, width: int
) -> None:
    with Person(browser, demo, width=width) as applicant:
        page = begin(applicant)
        shoot(page, f"everything-empty-{width}")
        page.get_by_label("邮箱").fill("no address")
        page.get_by_role("button", name="提交申请").click()
        applicant.check()
        summary = page.locator("#error-summary")
        expect(summary).to_be_focused()
        shoot(page, f"everything-errors-{width}")
        link = summary.get_by_role("link").first
        target = (link.get_attribute("href") or "")[1:]
        link.press("Enter")
        assert page.evaluate("location.hash") == f"#{target}"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement !== document.body")
        assert page.get_by_label("邮箱").input_value() == "no address"

        page.get_by_label("邮箱").fill("")
        fill(page)
        expect(page.get_by_label("保留：photo.jpg")).to_be_checked(timeout=15_000)
        page.get_by_role("button", name="增加一行").click()
        page.get_by_role("button", name="删除第2行").click()
        applicant.check()
        shoot(page, f"everything-filled-{width}")
        page.get_by_role("button", name="提交申请").click()
        page.wait_for_url(re.compile(r"/cases/\w{32}$"))
        applicant.check()
        shoot(page, f"everything-read-{width}")
        paper = page.locator(".paper").first
        for said in ("柳州市农业技术推广站", "第二段。", "90", "调入", "电话", "桥梁", "photo.jpg"):
            expect(paper).to_contain_text(said)


@pytest.mark.browser
def test_every_control_is_reached_and_worked_by_keyboard(browser: Browser, demo: Demo) -> None:
    with Person(browser, demo) as applicant:
        page = begin(applicant)
        page.get_by_label("单位", exact=False).first.focus()
        seen: list[str] = []
        for _ in range(80):
            focus = page.evaluate(
                "[document.activeElement.name || '', document.activeElement.type || '']"
            )
            seen.append(focus[0])
            if focus[0] in ("origin", "ways", "topics", "consent"):
                page.keyboard.press("Space")
            if focus[0] == "_draft":
                break
            page.keyboard.press("Tab")

        wanted = {
            "unit", "summary", "hours", "granted_on", "series", "origin", "ways", "topics",
            "consent", "_add", "evidence-file", "photo-file", "signature", "_draft",
        }  # fmt: skip
        assert wanted <= set(seen), wanted - set(seen)
        for name in ("origin", "ways", "topics", "consent"):
            assert page.locator(f"[name={name}]:checked").count() >= 1, name


@pytest.mark.browser
def test_draft_is_kept_without_scripts_and_printed(browser: Browser, demo: Demo) -> None:
    with Person(browser, demo) as applicant:
        address = begin(applicant).url
        cookies = applicant.context.cookies()
    plain = browser.new_context(java_script_enabled=False, locale="zh-CN")
    plain.add_cookies(cookies)  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(address)
    page.get_by_label("总结").fill("没有脚本也能暂存。")
    page.locator("#f-photo").set_input_files(str(story.PHOTO))
    page.get_by_role("button", name="保存并稍后继续").click()

    assert page.get_by_label("总结").input_value() == "没有脚本也能暂存。"
    expect(page.get_by_label("保留：photo.jpg")).to_be_checked()
    page.emulate_media(media="print")
    expect(page.locator(".act-bar")).to_be_hidden()
    expect(page.get_by_label("总结")).to_be_visible()
    shoot(page, "everything-print")
    plain.close()
