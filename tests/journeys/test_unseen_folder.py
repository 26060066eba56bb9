"""A folder nobody here has seen works from check to status page with no Python changed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.journeys import unseen
from tests.journeys.conftest import Town
from tests.journeys.steps import said

UNIT, HR, HEAD = "R-UADM@DW-002", "R-UHR@DW-002", "R-UHEAD@DW-002"


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_look(town: Town, tmp_path: Path) -> None:
    unseen.publish(town, tmp_path / "design")
    town.at("2026-11-20T09:00:00")
    who = town.person("P001")
    print("INTRO", plain(who.text("/apply/observatory_night")))
    case = unseen.apply(town)
    print("CASE", plain(who.text(case)))
    town.at("2026-11-26T08:00:00")
    off = town.person(UNIT)
    print("NOTICES", plain(off.text("/notices")))
    print("INBOX", plain(off.text("/inbox")))
    t = unseen.tasks(off, "安全审查")
    print(t, plain(off.text(t[0])))
    assert unseen.do(town, UNIT, "安全审查", safety_outcome="SAFE") == 302
    off=town.person(HR); t = unseen.tasks(off, "科学价值"); print("SCI", plain(off.text(t[0])))
    assert unseen.do(town, HR, "科学价值", marks="8") == 302
    off=town.person(HEAD); t = unseen.tasks(off, "三人表决"); print("VOTE", plain(off.text(t[0])))
    assert unseen.do(town, HEAD, "三人表决", vote="YES") == 302
    print("CASE", plain(who.text(case)))
    assert unseen.do(town, UNIT, "三人表决", vote="YES") == 302
    print("CASE", plain(who.text(case)))
    assert unseen.do(town, UNIT, "交钥匙", key_no="K-07", dome_state="完好") == 302
    print("CASE", plain(who.text(case)))
    print("NOTICES", plain(who.text("/notices")))
    assert 0
