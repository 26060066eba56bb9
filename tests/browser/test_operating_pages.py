"""Operators' repairs and 加签 as people click them, each page looked at wide and narrow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from app.engine.package import read_package
from app.engine.tables import ProcessInstance
from tests.browser.live import Demo
from tests.browser.people import Person
from tests.engine.houses import PACKAGES

FIRST, SECOND, UNIT, HR = "platform.admin1", "platform.admin2", "dw005.admin", "dw005.hr"
WHY = "登记时把重量写错了，单位来函更正"
SHOTS = os.environ.get("SHOTS")


def look(browser: Browser, demo: Demo, who: str, path: str) -> None:
    """Open a page wide, then make it narrow; what it shows is checked each time."""
    with Person(browser, demo) as person:
        person.become(who)
        person.page.goto(f"{demo.address}{path}")
        for width in (1280, 360):
            person.resize(width)
            if SHOTS:
                name = path.strip("/").replace("/", "-").replace("?", "-")[-60:]
                file = Path(SHOTS) / f"{name}-{width}.png"
                person.page.screenshot(path=file, full_page=True)


@pytest.fixture
def load(demo: Demo) -> str:
    """A load on the scales; its instance."""
    package = read_package(
        "weigh_house", workflows=PACKAGES / "workflows", forms=PACKAGES / "forms"
    )
    engine = demo.house.engine
    engine.publish(package, published_by="tests")
    from app.scheduler.virtual import find_actor

    case_id = engine.open_draft("weigh_house", actor=find_actor(demo.house, "P003"))
    engine.start(case_id, {"weight": "heavy"}, actor=find_actor(demo.house, "P003"))
    with demo.house.unit_of_work() as session:
        return session.scalars(select(ProcessInstance.id)).one()


def task_of(person: Person, who: str) -> tuple[Page, str]:
    """Sign in and open the first task of the inbox."""
    person.become(who)
    page = person.open("/inbox")
    page.locator("a.inbox-open").first.click()
    person.check()
    return page, page.url.removeprefix(person.demo.address)


def test_incident_is_repaired_by_two_as_they_click_it(
    browser: Browser, demo: Demo, load: str
) -> None:
    with Person(browser, demo, width=360) as officer:
        page, task = task_of(officer, UNIT)
        page.get_by_role("textbox", name="说明").fill("true")
        page.get_by_role("button", name="提交", exact=False).first.click()
        page.wait_for_url("**/inbox")

    with Person(browser, demo, width=360) as operator:
        operator.become(FIRST)
        page = operator.open(f"/instances/{load}")
        assert page.get_by_text("没有完成").first.is_visible()
        page.get_by_role("link", name="更正办理数据").click()
        operator.check()
        page.get_by_label("变量名").fill("free")
        page.get_by_label("新的值").fill("false")
        page.get_by_label("理由").fill(WHY)
        page.get_by_role("button", name="先看会怎样").click()
        operator.check()
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / "preview-360.png", full_page=True)
        assert page.get_by_text("类型由文字变为是非").is_visible()
        page.get_by_role("button", name="提交申请").click()
        operator.check()
        assert page.get_by_text("等待批准").first.is_visible()
    look(browser, demo, FIRST, f"/instances/{load}")
    look(browser, demo, FIRST, f"/instances/{load}/repairs/set?name=weight")
    look(browser, demo, FIRST, f"/instances/{load}/repairs/repeat")
    look(browser, demo, SECOND, "/requests")

    with Person(browser, demo) as second:
        second.become(SECOND)
        page = second.open("/requests")
        page.get_by_role("link", name="核对").first.click()
        second.check()
        request = page.url.removeprefix(demo.address)
        look(browser, demo, SECOND, request)
        page.get_by_role("button", name="批准并执行").click()
        second.check()
        assert page.get_by_text("已批准并执行").first.is_visible()
        page.goto(f"{demo.address}/instances/{load}")
        page.get_by_role("button", name="重新执行").click()
        second.check()
        page = second.open(f"/instances/{load}")
        assert page.get_by_text("收费").first.is_visible()
        move = page.get_by_role("link", name="移动").first.get_attribute("href") or ""
        page.get_by_label("理由（至少5个字").first.fill("举报材料正在核实")
        page.get_by_role("button", name="暂停办理").click()
        second.check()
        assert page.get_by_text("办件已暂停").first.is_visible()
    look(browser, demo, FIRST, move)
    look(browser, demo, FIRST, f"/instances/{load}")
    look(browser, demo, UNIT, task)


def test_opinion_is_asked_for_and_given_as_people_click_it(
    browser: Browser, demo: Demo, load: str
) -> None:
    with Person(browser, demo, width=360) as officer:
        page, task = task_of(officer, UNIT)
        page.get_by_role("button", name="签收").click()
        officer.check()
        page.get_by_role("link", name="加签").click()
        officer.check()
        page.get_by_label("请谁").select_option(index=1)
        page.get_by_label("请对方核对什么").fill("请核对过磅单是否齐全")
        page.get_by_role("button", name="加签", exact=True).click()
        officer.check()
        assert page.get_by_text("等待签署").first.is_visible()
        asked = page.locator(".signers .opinion-foot").first.inner_text().split("　")[0].split()[0]
    look(browser, demo, UNIT, f"{task}/signers")
    look(browser, demo, UNIT, task)

    with demo.house.unit_of_work() as session:
        from app.domain.accounts import Account
        from app.engine.signing.tables import TaskSigner

        signer = session.scalars(select(TaskSigner)).one()
        name = session.get_one(Account, signer.account_id).user_name
    assert asked
    with Person(browser, demo, width=360) as colleague:
        colleague.become(name)
        page = colleague.open("/inbox?queue=sign")
        page.get_by_role("link", name="签署意见").first.click()
        colleague.check()
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / "sign-form-360.png", full_page=True)
        page.get_by_label("不同意", exact=True).check()
        page.get_by_role("textbox", name="意见").fill("过磅单缺第二联，请补")
        page.get_by_label("本人签字确认以上意见").check()
        page.get_by_role("button", name="签字并提交").click()
        page.wait_for_url("**/inbox")
        colleague.check()
    look(browser, demo, name, "/inbox?queue=sign")
    look(browser, demo, name, f"{task}/sign")

    with Person(browser, demo) as officer:
        officer.become(UNIT)
        page = officer.open(task)
        assert page.get_by_text("过磅单缺第二联，请补").is_visible()
