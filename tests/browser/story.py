"""The main story as people click it: from the declaration of loss to the certificate."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.live import Demo
from tests.browser.people import Person

PHOTO = Path("workflows/lost_certificate/scenarios/photo.jpg")
UNIT, DEPARTMENT, CITY = "dw005.admin", "dep450223ny.dept1", "zgb450200.city1"
APPLYING, REVIEWING, REGION = "zgb450200.cert1", "zgb450200.crev1", "gxzgb.reg1"


def declare(browser: Browser, demo: Demo) -> str:
    """P003 declares his certificate lost; returns the path of the case's page."""
    with Person(browser, demo) as applicant:
        applicant.choose("p003")
        page = applicant.open("/apply/lost_certificate")
        page.get_by_role("button", name="开始").first.click()
        applicant.check()
        page.get_by_label("遗失的是哪一本证书").select_option(index=1)
        page.get_by_label("遗失说明").fill("2026年10月搬家时不慎遗失，多次查找未果。")
        page.get_by_label("二寸照片").set_input_files(str(PHOTO))
        page.get_by_label("本人声明上述证书作废").check()
        page.get_by_label("本人作出以上承诺").check()
        page.get_by_role("button", name="提交申请").click()
        page.wait_for_url("**/cases/*")
        applicant.check()
        return page.url.removeprefix(demo.address)


def skip_workdays(browser: Browser, demo: Demo, days: int) -> None:
    """Move the clock on the demo's page."""
    with Person(browser, demo) as visitor:
        visitor.open("/demo").get_by_role("button", name=f"快进{days}个工作日", exact=True).click()
        visitor.check()


def submit(browser: Browser, demo: Demo, case: str) -> None:
    """P003 submits his case to the unit."""
    with Person(browser, demo) as applicant:
        applicant.become("p003")
        page = applicant.open(case)
        page.get_by_label("声明内容没有变化").check()
        page.get_by_label("本人签字确认").check()
        page.get_by_role("button", name="提交单位").click()
        applicant.check()


def review(browser: Browser, demo: Demo, who: str) -> None:
    """An officer agrees to the first task of his inbox."""
    with Person(browser, demo) as officer:
        page = _first_task(officer, who)
        page.get_by_label("同意", exact=True).check()
        page.get_by_label("意见", exact=False).first.fill("情况属实，同意。")
        page.get_by_label("本人签字确认以上意见").check()
        page.get_by_label("公章").check()
        page.get_by_role("button", name="签字盖章并提交").click()
        officer.check()


def collect(browser: Browser, demo: Demo) -> None:
    """The city office hands in the data of what it approved."""
    with Person(browser, demo) as officer:
        page = _first_task(officer, CITY)
        page.get_by_label("已核对职称数据").check()
        page.locator(".act-buttons .btn-primary").click()
        officer.check()


def apply_for_issuance(browser: Browser, demo: Demo) -> None:
    """The named officer applies for issuance at his own office."""
    with Person(browser, demo) as officer:
        page = _first_task(officer, APPLYING)
        page.get_by_label("审核机构").select_option(value="ZGB-450200")
        page.get_by_role("checkbox").first.check()
        page.locator(".act-buttons .btn-primary").click()
        officer.check()


def review_issuance(browser: Browser, demo: Demo) -> None:
    """Another officer passes the application."""
    with Person(browser, demo) as officer:
        page = _first_task(officer, REVIEWING)
        page.get_by_label("通过", exact=True).check()
        page.locator(".act-buttons .btn-primary").click()
        officer.check()


def release(browser: Browser, demo: Demo) -> None:
    """The region office releases the record."""
    with Person(browser, demo) as officer:
        page = _first_task(officer, REGION)
        page.get_by_label("放行", exact=True).check()
        page.locator(".act-buttons .btn-primary").click()
        officer.check()


def _first_task(officer: Person, who: str) -> Page:
    officer.become(who)
    page = officer.open("/inbox")
    page.locator("a[href^='/tasks/']").first.click()
    officer.check()
    return page
