"""No seeded identity number or mobile number where it does not belong."""

from __future__ import annotations

import csv
import logging
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.notifications.tables import Channel, Notification
from app.engine.tables import Outbox
from tests.journeys.conftest import Town
from tests.journeys.steps import approve_all, declare, issue, submit_to_unit

SEEDED = Path("docs/domain/testdata/persons.csv")


def _numbers() -> list[str]:
    with SEEDED.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["id_number"] for row in rows] + [row["mobile"] for row in rows]


@pytest.mark.req("R33", "R249")
def test_numbers_are_in_no_file_log_outbox_message_address_or_public_page(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    public = town.visitor()
    pages = [public.text("/"), public.text("/publicity")]
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)
    approve_all(town)
    issue(town)

    folder = town.house.config.instance
    stored = b"".join(path.read_bytes() for path in folder.glob("titles.db*"))
    with Session(town.house.database) as session:
        outbox = [str(row.payload) + (row.error or "") for row in session.scalars(select(Outbox))]
        sms = select(Notification.text).where(Notification.channel == Channel.SMS)
        messages = list(session.scalars(sms))
    assert messages
    texts = [*pages, *outbox, *messages, caplog.text, case]
    for number in _numbers():
        assert number.encode() not in stored
        assert not any(number in text for text in texts), number
