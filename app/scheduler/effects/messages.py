"""Sending SMS; the text was composed and checked when the notice was written."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.bootstrap import House
from app.domain.accounts import mobiles_of
from app.domain.notifications.sending import mark_delivered
from app.domain.notifications.tables import Notification
from app.engine.background import Record


def send_sms(house: House, payload: dict[str, Any]) -> Record:
    """Send one notice to every mobile number behind its address."""
    notification_id = payload["notification_id"]
    with house.unit_of_work() as session:
        notice = session.get_one(Notification, notification_id)
        numbers, text = mobiles_of(session, notice.to_kind, notice.to_code), notice.text
    for number in numbers:
        house.adapters.sms.send(number, text)

    def record(session: Session) -> None:
        mark_delivered(session.get_one(Notification, notification_id), now=house.clock.now())

    return record
