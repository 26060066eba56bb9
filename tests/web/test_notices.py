"""The list of notices: unread ones counted in the head, filtered, read, and leading to the case."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from tests.web.conftest import Town, Visitor

Declared = Callable[[], tuple[Visitor, str]]
OPEN = datetime.fromisoformat("2026-11-28T00:00:00+08:00")
CONFIRM = {"submission_confirmed": "true", "submission_signature": "true"}
COUNT = re.compile(r'class="menu-count">(\d+)<')
READ = re.compile(r'action="(/notices/\w{32}/read)"')


def test_applicant_reads_his_notices_one_by_one_and_all_at_once(
    town: Town, declared: Declared
) -> None:
    person, case_id = declared()
    town.clock.move_to(OPEN)
    path = f"/cases/{case_id}"
    person.post(f"{path}/steps/submit_to_unit", CONFIRM, page=path)
    page = person.text("/notices")
    unread = COUNT.search(page)
    action = READ.search(page)
    assert unread is not None
    assert action is not None
    assert int(unread[1]) >= 2

    answer = person.post(action[1], {"go": "1"}, page="/notices")

    assert answer.location == path
    left = person.text("/notices?show=unread")
    assert left.count("item-unread") == int(unread[1]) - 1
    assert "查看办件" in left
    person.post("/notices/read", {"show": "unread"}, page="/notices")
    after = person.text("/notices?show=unread")
    assert "没有符合条件的消息" in after
    assert COUNT.search(after) is None


def test_foreign_notice_is_not_ones_own_to_read(town: Town, declared: Declared) -> None:
    person, _ = declared()
    action = READ.search(person.text("/notices"))
    assert action is not None

    assert town.signed_in("P001").post(action[1], page="/notices").status_code == 403
