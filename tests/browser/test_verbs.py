"""退回、委托、终止 as people click them: every page is checked wide and narrow."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page

from tests.browser.live import Demo
from tests.browser.people import Person
from tests.browser.story import DEPARTMENT, UNIT, declare, review, skip_workdays, submit

NARROW = 360
OPERATOR, HEAD = "platform.admin1", "dw005.head"


def look(browser: Browser, demo: Demo, who: str, path: str) -> None:
    """Open a page wide, then make it narrow; what it shows is checked each time."""
    with Person(browser, demo) as person:
        person.become(who)
        person.open(path)
        person.resize(NARROW)


def first_task(person: Person, who: str) -> Page:
    """Sign in and open the first task of the inbox."""
    person.become(who)
    page = person.open("/inbox")
    page.locator("a.inbox-open").first.click()
    person.check()
    return page


def test_returned_delegated_and_ended_as_people_click_it(browser: Browser, demo: Demo) -> None:
    case = declare(browser, demo)
    skip_workdays(browser, demo, 5)
    skip_workdays(browser, demo, 1)
    submit(browser, demo, case)
    review(browser, demo, UNIT)

    with Person(browser, demo, width=360) as officer:
        page = first_task(officer, DEPARTMENT)
        page.get_by_label("退回", exact=True).check()
        page.get_by_label("退回到").select_option(label="提交单位（个人）")
        officer.check()
        page.get_by_label("意见", exact=False).first.fill("缺少当年评审表复印件，请补充")
        page.get_by_label("本人签字确认以上意见").check()
        page.get_by_label("公章").check()
        page.get_by_role("button", name="签字盖章并提交").click()
        page.wait_for_url("**/inbox")
        officer.check()

    with Person(browser, demo, width=360) as applicant:
        applicant.become("p003")
        page = applicant.open(case)
        assert page.get_by_text("缺少当年评审表复印件，请补充").first.is_visible()
    look(browser, demo, "p003", case)
    submit(browser, demo, case)

    with Person(browser, demo, width=360) as officer:
        page = first_task(officer, UNIT)
        task = page.url.removeprefix(demo.address)
        page.get_by_role("link", name="转交").click()
        officer.check()
        page.get_by_label("委托给").select_option(index=1)
        page.get_by_label("要说明的事").fill("请先核对原件")
        page.get_by_role("button", name="委托", exact=True).click()
        page.wait_for_url("**/inbox")
        officer.open("/inbox?queue=mine")
        officer.open(task)
    look(browser, demo, UNIT, f"{task}/hand")
    look(browser, demo, UNIT, task)
    look(browser, demo, HEAD, "/inbox?queue=team")

    with Person(browser, demo) as operator:
        operator.become(OPERATOR)
        number = _number(browser, demo, case)
        page = operator.open("/incidents")
        page.get_by_label("受理号").fill(number)
        page.get_by_role("button", name="查看办件").click()
        operator.check()
        instance = page.url.removeprefix(demo.address)
        look(browser, demo, OPERATOR, instance)
        ending = page.get_by_role("region", name="终止办件")
        ending.get_by_label("理由").fill("申请人重复提交，保留另一件")
        ending.get_by_role("button", name="终止办件").click()
        operator.check()
    look(browser, demo, OPERATOR, instance)
    look(browser, demo, "p003", case)


def _number(browser: Browser, demo: Demo, case: str) -> str:
    with Person(browser, demo) as applicant:
        applicant.become("p003")
        found = re.search(r"受理号\s*(\w+)", applicant.open(case).inner_text("main"))
        assert found
        return found.group(1)
