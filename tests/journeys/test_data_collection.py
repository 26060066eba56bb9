"""Data of an approval are due in five working days: story A18 over HTTP."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Town
from tests.journeys.steps import declare, open_task, review, said, submit_to_unit

COUNTY, CITY = "R-CNTY@ZGB-450223", "R-CITY@ZGB-450200"


def _approved_by_the_county(town: Town) -> str:
    """Let the county office approve on 11 May 2020 and return the path of the case."""
    town.at("2020-04-27T09:00:00")
    case = declare(town, "P017", record_id="T017")
    town.at("2020-05-08T08:30:00")
    assert submit_to_unit(town, case, "P017").status_code == 302
    town.at("2020-05-11T10:00:00")
    for who in ("R-UADM@DW-005", "R-DEPT@DEP-450223-NY", COUNTY):
        assert review(town, who).status_code == 302
    return case


@pytest.mark.req("R27", "R28", "R29", "R68", "R262")
def test_a18_late_data_need_a_reason_and_both_offices_are_told(town: Town) -> None:
    case = _approved_by_the_county(town)
    county, city = town.person(COUNTY), town.person(CITY)
    task = open_task(county)
    assert "2020-05-18" in county.text(task)
    assert "/tasks/" not in city.text("/inbox")

    town.at("2020-05-19T00:00:00")
    for officer in (county, city):
        assert "逾期" in officer.text("/notices")
    late = county.post(task, {"data_checked": "true"})
    assert late.status_code == 409
    assert "已超过归集期限（2020-05-18），请填写逾期原因" in said(late.text)
    assert "/tasks/" not in city.text("/inbox")

    reason = {"data_checked": "true", "late_reason": "经办人出差，平台数据未能按时核对"}
    assert county.post(task, reason).status_code == 302
    assert city.post(open_task(city), {"collection_decision": "ACCEPT"}).status_code == 302
    town.work()
    assert "申请发行" in town.person("R-CERT@ZGB-450223").text("/inbox")
    assert "已批准" in town.person("P017").text(case)


def test_data_in_time_need_no_reason(town: Town) -> None:
    _approved_by_the_county(town)
    town.at("2020-05-18T23:59:59")
    county, city = town.person(COUNTY), town.person(CITY)

    assert county.post(open_task(county), {"data_checked": "true"}).status_code == 302

    assert "/tasks/" in city.text("/inbox")
