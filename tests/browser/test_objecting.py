"""Anybody objects on a phone and at a desk, with and without scripts; the applicant withdraws."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.adapters.test_captcha import solved
from tests.browser import story
from tests.browser.live import Demo
from tests.browser.people import Person

FACTS = "他的证书由单位保管，没有遗失，附借用登记。"


def fill(page: Page, *, answer: str | None = None) -> None:
    """Fill in the form; the sum in words is worked out."""
    in_words = page.get_by_role("button", name="改用文字题")
    if in_words.is_visible():
        in_words.click()
    page.get_by_label("您的姓名").fill("黄知远")
    page.get_by_label("联系电话或邮箱").fill("13900000099")
    page.get_by_label("反映的事实").fill(FACTS)
    question = page.locator("label[for=answer]").inner_text().strip().removesuffix("？")
    page.locator("#answer").fill(answer or str(solved(question)))
    page.get_by_role("button", name="提交异议").click()


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_objecting_to_a_publicity(browser: Browser, demo: Demo, width: int) -> None:
    case = story.declare(browser, demo)

    with Person(browser, demo, width=width) as anybody:
        page = anybody.open("/publicity")
        page.get_by_role("link", name="覃砚舟").click()
        anybody.check()
        page.get_by_role("link", name="提出异议").click()
        anybody.check()
        page.get_by_label("匿名").check()
        assert page.get_by_label("您的姓名").is_hidden()
        page.get_by_label("署名", exact=True).check()
        fill(page, answer="9999")
        anybody.check()
        assert page.get_by_label("反映的事实").input_value() == FACTS
        fill(page)
        anybody.check()
        assert page.get_by_role("heading", name="已收到您的异议").is_visible()

    with Person(browser, demo, width=width) as applicant:
        applicant.become("p003")
        page = applicant.open(case)
        assert "异议处理中" in page.content()
        assert "黄知远" not in page.content()

    with Person(browser, demo, width=width) as officer:
        officer.become(story.CITY)
        page = officer.open("/inbox")
        page.locator("a[href^='/tasks/']").first.click()
        officer.check()
        assert page.get_by_text(FACTS).is_visible()
        assert page.get_by_text("13900000099").is_visible()


@pytest.mark.browser
def test_objecting_without_scripts(browser: Browser, demo: Demo) -> None:
    story.declare(browser, demo)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{demo.address}/publicity")
    page.get_by_role("link", name="覃砚舟").click()
    page.get_by_role("link", name="提出异议").click()
    fill(page)

    assert page.get_by_role("heading", name="已收到您的异议").is_visible()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_withdrawing_a_case(browser: Browser, demo: Demo, width: int) -> None:
    case = story.declare(browser, demo)

    with Person(browser, demo, width=width) as applicant:
        applicant.become("p003")
        page = applicant.open(case)
        page.get_by_role("link", name="撤回申请").click()
        applicant.check()
        page.get_by_label("撤回的原因").fill("证书已经找到")
        page.get_by_role("button", name="确认撤回申请").click()
        applicant.check()
        assert page.get_by_label("我确认撤回这件申请").is_visible()
        page.get_by_label("我确认撤回这件申请").check()
        page.get_by_role("button", name="确认撤回申请").click()
        applicant.check()
        assert "已撤回" in page.content()
