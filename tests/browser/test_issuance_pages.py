"""The batch pages of the offices in the browser: on a telephone, and at a desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.live import Demo
from tests.browser.people import Person

PHOTO = Path("workflows/certificate_issuance/scenarios/photo.jpg")
CERTIFIER, REVIEWER, REGION = "zgb450100.cert1", "zgb450100.crev1", "gxzgb.reg1"


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.req("R88", "R89", "R91")
def test_batch_from_the_list_to_the_certificates(browser: Browser, demo: Demo, width: int) -> None:
    with Person(browser, demo, width=width) as officer:
        officer.become(CERTIFIER)
        page = officer.open("/issuance/apply")
        opening = page.locator("form[action='/issuance/open']")
        opening.get_by_label("全选").check()
        assert opening.locator('input[name="record"]:checked').count() == 3
        opening.get_by_role("button", name="列入待申请").click()
        officer.check()
        _hand_in_photos(officer)

        page = officer.open("/issuance/apply")
        applying = page.locator("form[action='/issuance/apply']")
        applying.get_by_label("全选").check()
        applying.get_by_label("审核机构").select_option(value="ZGB-450100")
        applying.get_by_label("已核对所选的职称记录").check()
        applying.get_by_role("button", name="申请发行").click()
        officer.check()
        assert "已办理2条" in page.content()
        assert "卢见微　助理工程师：缺二寸照片" in page.content()

    with Person(browser, demo, width=width) as reviewer:
        reviewer.become(REVIEWER)
        page = reviewer.open("/issuance/review")
        for line in page.locator(".batch-line").all():
            line.get_by_label("通过", exact=True).check()
            assert line.locator('input[name="task"]').is_checked()
        assert page.get_by_label("全选").is_checked()
        page.get_by_role("button", name="提交所选审核").click()
        reviewer.check()
        assert "已审核2条" in page.content()

    with Person(browser, demo, width=width) as region:
        region.become(REGION)
        page = region.open("/issuance/release")
        page.get_by_label("全选").check()
        page.get_by_role("button", name="放行所选").click()
        region.check()
        region.open("/issuance/records").get_by_role("link", name="韦启澜").click()
        region.wait_for(page.url.removeprefix(demo.address), "确认证照库已生成")
        region.check()
        assert page.get_by_text("推送电子证照库", exact=True).is_visible()
        region.open("/issuance/records")


def _hand_in_photos(officer: Person) -> None:
    for name in ("韦启澜", "黄映禾"):
        page = officer.open("/issuance/apply")
        page.get_by_role("link", name=name).click()
        page.get_by_label("照片文件").set_input_files(str(PHOTO))
        page.get_by_role("button", name="保存照片").click()
        officer.check()
        assert "照片已保存" in page.content()
