"""The public list: searched, paged without gaps, ended ones masked and for a while only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.clock import start_of_day
from app.domain.access import mask_name
from app.domain.organisations import Organisation
from app.domain.publicity.listing import LISTED_AFTER_END, Search, listed
from app.domain.publicity.publishing import Announcement, Period, clear, publish, stop
from app.domain.publicity.tables import Place, Publicity, PublicityKind
from tests.domain.publicity.test_publicity import GATE

BEGIN = datetime(2019, 4, 26, 2, tzinfo=UTC)
END = start_of_day(date(2019, 5, 7))
NAMES = ["覃砚舟", "韦立·买买提", "100%_甲"]


@pytest.fixture
def shown(session: Session) -> list[Publicity]:
    for code, name in [("DW-1", "柳州市第一中学"), ("DW-2", "融水县农技站"), ("OFF", "市职改办")]:
        session.add(
            Organisation(
                code=code, name=name, type="UNIT", region_code="450200",
                contact="0772-2800000" if code == "OFF" else None,
            )
        )  # fmt: skip
    return [_publish(session, number, name) for number, name in enumerate(NAMES)]


def _publish(session: Session, number: int, name: str) -> Publicity:
    what = Announcement(
        kind=PublicityKind.LOST if number < 2 else PublicityKind.RESULT, place=Place.PLATFORM,
        content={"name": name, "series": "农业", "title": "农艺师"},
        text=f"{name}遗失农业农艺师职称证书一本，现声明作废。", gate=replace(GATE, name=name),
        receiver_code="OFF", host_code="OFF", unit_code="DW-1" if number == 0 else "DW-2",
    )  # fmt: skip
    period = Period(days=5, end_exclusive=END, deadline_id=None)
    now = BEGIN + timedelta(minutes=number // 2)
    return publish(session, f"C{number}", what, period, now=now)


def names(
    session: Session, now: datetime = BEGIN + timedelta(days=1), **wanted: object
) -> set[str]:
    search = Search(**wanted)  # type: ignore[arg-type]
    return {line.name for line in listed(session, search, now=now).lines}


def test_found_by_name_part_title_unit_and_kind(session: Session, shown: list[Publicity]) -> None:
    assert names(session, text="砚舟") == {"覃砚舟"}
    assert names(session, text="买买提 农艺") == {"韦立·买买提"}
    assert names(session, text="声明作废", unit="第一") == {"覃砚舟"}
    assert names(session, kind="RESULT") == {"100%_甲"}
    assert names(session, kind="nonsense") == set(NAMES)
    assert names(session, text="没有这个人") == set()


def test_wildcards_are_ordinary_characters(session: Session, shown: list[Publicity]) -> None:
    assert names(session, text="%") == {"100%_甲"}
    assert names(session, text="_") == {"100%_甲"}


def test_pages_follow_each_other_without_gap_or_double(
    session: Session, shown: list[Publicity]
) -> None:
    now, after, found = BEGIN + timedelta(days=1), "", []
    for _ in NAMES:
        page = listed(session, Search(), now=now, after=after, size=1)
        found += [line.id for line in page.lines]
        after = page.following

    assert sorted(found) == sorted(row.id for row in shown)
    assert after == ""


def test_line_names_the_receiving_body_and_its_contact(
    session: Session, shown: list[Publicity]
) -> None:
    line = listed(session, Search(text="砚舟"), now=BEGIN + timedelta(days=1)).lines[0]

    assert (line.receiver, line.contact, line.unit) == (
        "市职改办", "0772-2800000", "柳州市第一中学",
    )  # fmt: skip


def test_ended_ones_are_masked_and_gone_after_a_while(
    session: Session, shown: list[Publicity]
) -> None:
    clear(session, shown[0], now=END)
    stop(shown[1], now=END - timedelta(days=1))

    assert names(session, now=END) == set()
    assert names(session, now=END, ended=True) == {mask_name("覃砚舟"), mask_name("100%_甲")}
    assert names(session, now=END, ended=True, text="砚舟") == set()
    assert names(session, now=END + LISTED_AFTER_END, ended=True) == set()
