"""Filling in a form in a browser: saved by itself, files kept, conditions followed, printed."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from app.forms import view
from tests.browser import story
from tests.browser.live import Demo
from tests.browser.people import Person
from tests.forms.building import context, everything, render

SCRIPT = Path("app/web/static/dist/app.js")
SAVED = re.compile(r"^已保存 [0-2][0-9]:[0-5][0-9]$")
STATEMENT = "2026年10月搬家时不慎遗失，多次查找未果。"


def draft(person: Person) -> Page:
    """Begin an application and return its form."""
    person.become("p003")
    page = person.open("/apply/lost_certificate")
    page.get_by_role("button", name="开始").first.click()
    person.settle()  # the scripts watch the form by now
    return page


def test_draft_saves_itself_and_keeps_its_files(browser: Browser, demo: Demo) -> None:
    with Person(browser, demo) as applicant:
        page = draft(applicant)
        page.get_by_label("遗失说明").fill(STATEMENT)
        expect(page.locator(".autosave")).to_have_text(SAVED, timeout=15_000)
        page.get_by_label("二寸照片").set_input_files(str(story.PHOTO))
        kept = page.get_by_label("保留：photo.jpg")
        expect(kept).to_be_checked(timeout=15_000)
        assert page.get_by_label("遗失说明").input_value() == STATEMENT
        applicant.check()

        page.reload()

        assert page.get_by_label("遗失说明").input_value() == STATEMENT
        expect(kept).to_be_checked()
        assert "草稿，上次保存于" in page.content()


def test_submission_waits_for_the_draft_under_way(browser: Browser, demo: Demo) -> None:
    with Person(browser, demo) as applicant:
        page = draft(applicant)
        page.get_by_label("遗失的是哪一本证书").select_option(index=1)
        page.get_by_label("遗失说明").fill(STATEMENT)
        page.get_by_label("本人声明上述证书作废").check()
        page.get_by_label("本人作出以上承诺").check()
        posts: list[str] = []
        page.on("request", lambda sent: sent.method == "POST" and posts.append(sent.resource_type))
        page.get_by_label("遗失说明").press("End")
        page.keyboard.type("补充。")
        with page.expect_request(lambda sent: sent.method == "POST", timeout=15_000):
            pass
        page.get_by_label("二寸照片").set_input_files(str(story.PHOTO))
        page.get_by_role("button", name="提交申请").click()

        page.wait_for_url("**/cases/*")

        # Drafts and the file's announcement come first, and the submission once.
        assert posts[0] == "fetch"
        assert posts.index("document") == len(posts) - 1
        assert "提交成功" in page.locator("main").inner_text()


def test_lost_connection_is_told_and_nothing_is_lost(browser: Browser, demo: Demo) -> None:
    with Person(browser, demo) as applicant:
        page = draft(applicant)
        page.context.set_offline(True)
        page.get_by_label("遗失说明").fill(STATEMENT)
        expect(page.locator(".autosave")).to_contain_text("没有自动保存", timeout=15_000)
        page.context.set_offline(False)

        page.get_by_label("遗失说明").press("End")
        page.keyboard.type("补充一句。")

        expect(page.locator(".autosave")).to_have_text(SAVED, timeout=15_000)
        applicant.forgive("ERR_INTERNET")


def test_simple_conditions_are_followed_at_once(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(render(view(everything(), {"former_unit": "甲"}, {}, context(records=[]))))
    former = page.get_by_label("原单位")
    expect(former).to_be_visible()

    page.add_script_tag(path=SCRIPT)
    expect(former).to_be_hidden()
    page.get_by_label("调入").check()
    expect(former).to_be_visible()
    page.get_by_label("部队").check()

    expect(former).to_be_hidden()
    page.close()


def test_form_works_without_scripts(browser: Browser, demo: Demo) -> None:
    with Person(browser, demo) as applicant:
        address = draft(applicant).url
        cookies = applicant.context.cookies()
    plain = browser.new_context(java_script_enabled=False, locale="zh-CN")
    plain.add_cookies(cookies)  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(address)
    page.get_by_label("遗失说明").fill(STATEMENT)
    page.get_by_role("button", name="保存并稍后继续").click()

    assert page.get_by_label("遗失说明").input_value() == STATEMENT
    assert page.locator(".autosave").count() == 0
    plain.close()


def test_status_page_prints_the_submission_alone(browser: Browser, demo: Demo) -> None:
    case = story.declare(browser, demo)
    with Person(browser, demo) as applicant:
        applicant.become("p003")
        page = applicant.open(case)
        expect(page.get_by_role("button", name="打印")).to_be_visible()

        page.emulate_media(media="print")

        shown = [".case-head", ".paper", ".form-read"]
        hidden = [".site-head", ".site-foot", ".act-form", ".stepper", ".diagram-box", "main .btn"]
        for selector in shown:
            expect(page.locator(selector).first).to_be_visible()
        for selector in hidden:
            expect(page.locator(selector).first).to_be_hidden()
        assert STATEMENT in page.locator(".paper").first.inner_text()
