"""Public, applicants' and operators' pages on phone and desk, light and dark, checked by axe."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select, update

from app.db.base import new_id
from app.domain.accounts.tables import WebSession
from app.engine.tables import Incident, Outbox, ProcessInstance
from tests.browser import story
from tests.browser.live import Demo
from tests.browser.people import Person

SHOTS = os.environ.get("SCREENSHOTS")
VIEWS = [(360, "light"), (1280, "light"), (1280, "dark")]
PUBLIC = [
    "/", "/publicity", "/publicity?state=ended", "/apply/lost_certificate", "/verify",
    "/verify/number", "/verify/file", "/personas?q=p003", "/nowhere",
]  # fmt: skip
SEEN = {
    "file": "workflows/lost_certificate/lost_certificate.bpmn", "element": "is_agreed",
    "name": "同意？", "attribute": "conditions", "expression": '=unit_outcome = "AGREE"',
    "seen": [["unit_outcome", "3"], ["path.applicant", '"P003"']],
}  # fmt: skip
WORDS = "搬家时不慎遗失，多次查找未果，特此声明。"


def look(person: Person, path: str, view: tuple[int, str]) -> None:
    """Open a page, check it, and keep a picture when somebody wants to look."""
    person.page.emulate_media(color_scheme=view[1])  # type: ignore[arg-type]
    person.open(path)
    if SHOTS:
        name = path.strip("/").replace("/", "-").replace("?", "-") or "home"
        file = f"{SHOTS}/{name[:40]}-{view[0]}-{view[1]}.png"
        person.page.screenshot(path=file, full_page=True)


def stop_something(demo: Demo) -> str:
    """Let two messages of the only instance be given up, one of them an incident."""
    now, sentence = demo.house.clock.now(), "短信网关没有应答，已放弃发送。"
    with demo.app.app_context(), demo.house.unit_of_work() as session:
        instance = session.scalars(select(ProcessInstance)).one()
        for number in range(3):
            row = Outbox(
                id=new_id(), kind="sms.send", key=new_id(), payload={}, instance_id=instance.id,
                attempts=3, created_at=now, dead_at=datetime.now(UTC), error=sentence,
            )  # fmt: skip
            session.add(row)
            if number:
                incident = Incident(
                    id=new_id(), instance_id=instance.id, token_id=new_id(), kind="sms.unreachable",
                    element_id="submit_to_unit", element_name="提交单位", sentence=sentence,
                    outbox_id=row.id, created_at=now,
                )  # fmt: skip
                incident.evidence = SEEN if number == 1 else None
                session.add(incident)
        return instance.id


@pytest.mark.browser
def test_pages_hold_on_every_screen(browser: Browser, demo: Demo) -> None:
    case = story.declare(browser, demo)
    instance = stop_something(demo)
    for view in VIEWS:
        with Person(browser, demo, width=view[0]) as anybody:
            for path in PUBLIC:
                look(anybody, path, view)
        with Person(browser, demo, width=view[0]) as applicant:
            applicant.become("p003")
            for path in ("/my", "/notices", case):
                look(applicant, path, view)
        with Person(browser, demo, width=view[0]) as operator:
            operator.become("platform.admin1")
            for path in ("/designer/", "/designer/task_reminder"):
                look(operator, path, view)
            operator.page.get_by_role("button", name="全部试验").click()
            operator.check()
            for path in ("/incidents", "/operating/calendar", f"/instances/{instance}"):
                look(operator, path, view)
            operator.page.locator("[data-diagram]").first.scroll_into_view_if_needed()
            operator.page.locator("[data-diagram] .djs-element").first.wait_for()
            operator.check()


@pytest.mark.browser
def test_session_that_ends_while_typing_costs_nothing(browser: Browser, demo: Demo) -> None:
    with Person(browser, demo, width=360) as applicant:
        applicant.become("p003")
        page = applicant.open("/apply/lost_certificate")
        page.get_by_role("button", name="开始").first.click()
        address = page.url
        with demo.app.app_context(), demo.house.unit_of_work() as session:
            gone = datetime.now(UTC) - timedelta(minutes=45)
            session.execute(update(WebSession).values(last_seen_at=gone))
        page.get_by_label("遗失说明").fill(WORDS)
        page.get_by_role("button", name="提交申请").click()
        applicant.check()
        assert "您填写的内容已保留" in page.locator("main").inner_text()
        page.get_by_role("link", name="重新登录").click()
        assert "next=" in page.url

        applicant.become("p003")
        page.goto(address)
        applicant.check()

        assert page.get_by_label("遗失说明").input_value() == WORDS
        assert "已找回您在" in page.locator("main").inner_text()
        # The browser tells of the refused post when it likes.
        applicant.forgive("401")


@pytest.mark.browser
def test_drawing_is_there_without_scripts(browser: Browser, demo: Demo) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{demo.address}/apply/lost_certificate")
    picture = page.locator("img.diagram-picture")
    picture.scroll_into_view_if_needed()

    page.wait_for_load_state("networkidle")

    assert picture.evaluate("image => image.complete && image.naturalWidth") > 1000
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
