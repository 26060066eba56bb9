"""Short messages to mobiles.

The demo shows what would have been sent instead of sending it: messages stay in memory, a bounded
number of them, and the log says only that one left. A provider's gateway implements the same
protocol.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from app.errors import AppError

logger = logging.getLogger(__name__)

_MOBILE = re.compile(r"1[3-9][0-9]{9}")


@dataclass(frozen=True)
class Message:
    """One short message as its receiver reads it."""

    mobile: str
    text: str

    def __repr__(self) -> str:
        # A message holds a mobile and often a code: neither may reach a log by accident.
        return f"Message({len(self.text)} characters)"


class Sms(Protocol):
    """Sends short messages."""

    def send(self, mobile: str, text: str) -> None:
        """Hand the message over; raise `sms.bad_mobile` or `sms.failed`."""


def _message(mobile: str, text: str) -> Message:
    if not _MOBILE.fullmatch(mobile):
        raise AppError("sms.bad_mobile")
    return Message(mobile, text)


class DemoSms:
    """Keeps the latest messages in memory so that the demo can show them; sends nothing."""

    def __init__(self, keep: int = 200) -> None:
        self._latest: deque[Message] = deque(maxlen=keep)

    def send(self, mobile: str, text: str) -> None:
        self._latest.append(_message(mobile, text))
        logger.info("sms recorded", extra={"characters": len(text)})

    def sent_to(self, mobile: str) -> list[Message]:
        """Return the kept messages of one mobile, newest first."""
        return [message for message in reversed(self._latest) if message.mobile == mobile]


class FakeSms:
    """Records every message; `fail_next` makes the coming calls fail like a dead gateway."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.fail_next = 0

    def send(self, mobile: str, text: str) -> None:
        message = _message(mobile, text)
        if self.fail_next:
            self.fail_next -= 1
            raise AppError("sms.failed")
        self.sent.append(message)

    def sent_to(self, mobile: str) -> list[Message]:
        """Return the messages of one mobile, newest first."""
        return [message for message in reversed(self.sent) if message.mobile == mobile]
