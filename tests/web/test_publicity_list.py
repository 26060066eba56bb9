"""The public list of publicities as a stranger uses it, without cookies and scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tests.web.conftest import Town, Visitor

OPEN = datetime.fromisoformat("2026-11-28T00:00:00+08:00")


def test_stranger_finds_a_publicity_with_period_and_contact(
    town: Town, declared: Callable[[], tuple[Visitor, str]]
) -> None:
    declared()
    client = town.app.test_client(use_cookies=False)

    found = client.post("/publicity", data={"text": "砚舟"}).get_data(as_text=True)
    nothing = client.post("/publicity", data={"text": "没有这个人"}).get_data(as_text=True)

    for said in ("覃砚舟", "2026-11-20", "2026-11-27", "5个工作日", "剩5个工作日", "受理异议："):
        assert said in found
    assert "没有符合条件的公示" in nothing
    assert "覃砚舟" not in nothing


def test_ended_publicity_is_listed_masked_and_without_a_link(
    town: Town, declared: Callable[[], tuple[Visitor, str]]
) -> None:
    declared()
    town.clock.move_to(OPEN)

    page = town.visitor().text("/publicity?state=ended")

    assert "覃*舟" in page
    assert "覃砚舟" not in page
    assert 'href="/publicity/' not in page
