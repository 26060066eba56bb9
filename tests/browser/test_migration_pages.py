"""The administrators' pages about migrations on phone and desk, light and dark, checked by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from app.engine.operating.repairs import PROCESS, Subject
from app.engine.package import read_package
from app.scheduler.virtual import find_actor
from tests.browser import story
from tests.browser.live import Demo
from tests.browser.people import Person
from tests.browser.test_pages_looked_at import VIEWS, look
from tests.engine.migrations import inserted, redrawn

KEY, WHY = "lost_certificate", "新办法增加一步审核"
PLAN = f"/operating/migrations/{KEY}"


def redraw(demo: Demo) -> None:
    """Publish three newer drawings: one ahead of the case, one behind it, one without its step."""
    config = demo.house.config
    package = read_package(KEY, workflows=config.workflows, forms=config.forms)
    office = {"groups": '=role("R-CITY", path.city)', "form": "shared/review"}
    ahead = inserted(package, "approval_here", "legal_check", "法制审核", **office)
    named = redrawn(ahead, ('name="提交单位"', 'name="提交所在单位"'))
    skipped = inserted(ahead, "record_bound", "check_record", "核对记录", **office)
    gone = redrawn(ahead, ("submit_to_unit", "hand_to_unit"))
    for each in (named, skipped, gone):
        demo.house.engine.publish(each, published_by="tests")


@pytest.mark.browser
def test_migration_pages_hold_on_every_screen(browser: Browser, demo: Demo) -> None:
    story.declare(browser, demo)
    redraw(demo)
    engine, first = demo.house.engine, find_actor(demo.house, "platform.admin1")
    asked = engine.request_repair(
        "migrate", Subject(PROCESS, KEY), {"to": 2, "pilot": 1}, reason=WHY, actor=first
    )
    for view in VIEWS:
        with Person(browser, demo, width=view[0]) as administrator:
            administrator.become("platform.admin2")
            for path in ("/operating/migrations", *(f"{PLAN}?to={to}" for to in (4, 2, 3))):
                look(administrator, path, view)

    with Person(browser, demo, width=1280) as administrator:
        administrator.become("platform.admin2")
        administrator.open(PLAN)
        administrator.page.get_by_role("link", name="查看并批准").click()
        administrator.page.get_by_role("button", name="批准并执行").click()
        administrator.page.get_by_text("已安排1件").first.wait_for()
        administrator.open(PLAN)
        administrator.page.get_by_role("link", name="迁移到第2版").click()
        administrator.page.get_by_text("已迁移1件").wait_for(timeout=15_000)
        run = administrator.page.url.removeprefix(demo.address)
    assert asked["request_id"]
    for view in VIEWS:
        with Person(browser, demo, width=view[0]) as administrator:
            administrator.become("platform.admin1")
            look(administrator, run, view)
            look(administrator, PLAN, view)
