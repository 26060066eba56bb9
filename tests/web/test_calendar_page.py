"""The administrators' calendar page: a file is shown first, then loaded; others never see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.domain.calendar import CalendarVersion, Deadline
from app.domain.notifications.tables import Notification
from app.domain.publicity.tables import Publicity
from tests.schedules import override, rows_of_2027, schedule_file
from tests.web.conftest import Town, Visitor

Declared = Callable[[], tuple[Visitor, str]]
PAGE = "/operating/calendar"
DAYS = ("2026-11-24", "2026-11-25")  # in the middle of the publicity that runs


def hand_in(operator: Visitor, content: bytes, label: str = "") -> TestResponse:
    data = {"schedule": (BytesIO(content), "order.csv"), "label": label}
    return operator.post(PAGE, data, page=PAGE, content_type="multipart/form-data")


def confirm(operator: Visitor, shown: str) -> TestResponse:
    """Press the button under a preview."""
    fields = dict(re.findall(r'name="(content|name|label)" value="([^"]*)"', shown))
    return operator.post(f"{PAGE}/load", fields, page=PAGE, follow_redirects=True)


def count(town: Town, table: type[object]) -> int:
    with town.app.app_context(), town.house.unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_page_shows_the_versions_and_what_is_provisional(town: Town) -> None:
    page = town.signed_in("R-ADM@PLATFORM").text(PAGE)

    for said in ("工作日历", "2004至2026年", "第1版", "初始日历", "现行", "region_code"):
        assert said in page


def test_a_schedule_is_shown_then_loaded_and_the_public_sees_the_new_end(
    town: Town, declared: Declared
) -> None:
    person, case_id = declared()
    operator = town.signed_in("R-ADM@PLATFORM")

    shown = hand_in(operator, schedule_file(override(*DAYS)).content, "台风")
    preview = shown.get_data(as_text=True)

    assert shown.status_code == 200
    for said in ("载入“台风”会有什么变动", "公示期限", "延后", "申请人（站内消息、短信）", "2天"):
        assert said in preview
    assert count(town, CalendarVersion) == 1

    done = confirm(operator, preview).get_data(as_text=True)

    assert "日历成为第2版" in done
    assert "台风" in done
    with town.app.app_context(), town.house.unit_of_work() as session:
        publicity = session.scalars(select(Publicity)).one()
        deadline = session.scalars(select(Deadline).where(Deadline.announced)).one()
        assert publicity.end_exclusive == deadline.due_at > deadline.first_due_at
        told = session.scalars(select(Notification).where(Notification.title == "公示通知")).all()
        moved = [row.to_code for row in told if "放假安排调整" in row.text]
        assert set(moved) == {"P003", "R-UADM@DW-005"}
        address = f"/publicity/{publicity.id}"
    assert "公示截止由" in town.visitor().text(address)
    assert "期限变动" in person.text(f"/cases/{case_id}")


def test_bad_file_is_answered_with_every_row_and_loads_nothing(town: Town) -> None:
    rows = rows_of_2027()
    rows[2]["day_type"] = "rest"
    rows[4]["date"] = "2027-02-30"

    answer = hand_in(town.signed_in("R-ADM@PLATFORM"), schedule_file(rows).content)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert "order.csv 有2处问题" in page
    assert re.search(r"第4行<span[^>]*> day_type </span>列：类型“rest”不正确", page)
    assert re.search(r"第6行<span[^>]*> date </span>列：日期“2027-02-30”不正确", page)
    assert count(town, CalendarVersion) == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"x" * 300_001, b"PK\x03\x04"])
def test_what_is_no_file_of_days_is_answered_in_words(town: Town, content: bytes) -> None:
    answer = hand_in(town.signed_in("R-ADM@PLATFORM"), content)

    assert answer.status_code == 422
    assert "没有载入，日历不变" in answer.get_data(as_text=True)


def test_the_same_file_again_changes_nothing(town: Town) -> None:
    operator, content = town.signed_in("R-ADM@PLATFORM"), schedule_file(rows_of_2027()).content
    confirm(operator, hand_in(operator, content).get_data(as_text=True))

    again = hand_in(operator, content).get_data(as_text=True)

    assert "文件中的安排都已载入" in again
    assert "载入并重新计算期限" not in again
    assert count(town, CalendarVersion) == 2


def test_a_forged_confirmation_is_checked_again(town: Town) -> None:
    operator = town.signed_in("R-ADM@PLATFORM")

    for content in ("!", "cmVnaW9u", ""):
        answer = operator.post(f"{PAGE}/load", {"content": content, "name": "x.csv"}, page=PAGE)
        assert answer.status_code == 422
    assert operator.post(PAGE, {}, page=PAGE).status_code == 422
    assert count(town, CalendarVersion) == 1


@pytest.mark.parametrize("who", ["P003", "R-UADM@DW-005", "R-CITY@ZGB-450200"])
def test_only_the_administrator_comes_in(town: Town, who: str) -> None:
    visitor = town.signed_in(who)

    answers = [
        visitor.get(PAGE),
        visitor.post(PAGE, {}, page="/notices"),
        visitor.post(f"{PAGE}/load", {"content": ""}, page="/notices"),
        visitor.post(f"{PAGE}/follow", {}, page="/notices"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
