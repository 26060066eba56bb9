"""Short messages reach their receiver's record and never a log."""

from __future__ import annotations

import logging

import pytest

from app.adapters.sms import DemoSms, FakeSms, Message
from app.errors import AppError

MOBILE = "19900000003"


@pytest.fixture(params=[DemoSms, FakeSms])
def sms(request: pytest.FixtureRequest) -> DemoSms | FakeSms:
    recorder: DemoSms | FakeSms = request.param()
    return recorder


def test_messages_of_a_mobile_are_kept_newest_first(sms: DemoSms | FakeSms) -> None:
    sms.send(MOBILE, "第一条")
    sms.send("19900000004", "给别人")
    sms.send(MOBILE, "第二条")

    assert [message.text for message in sms.sent_to(MOBILE)] == ["第二条", "第一条"]


@pytest.mark.parametrize(
    "mobile", ["", "12345678901", "1990000000", "199000000033", "+8619900000003"]
)
def test_number_that_is_no_mobile_is_refused(sms: DemoSms | FakeSms, mobile: str) -> None:
    with pytest.raises(AppError) as error:
        sms.send(mobile, "短信")

    assert error.value.code == "sms.bad_mobile"
    assert mobile == "" or mobile not in str(error.value)


def test_nothing_personal_reaches_a_log(
    sms: DemoSms | FakeSms, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sms.send(MOBILE, "验证码 246810")

    written = " ".join(str(record.__dict__) for record in caplog.records)
    assert MOBILE not in written
    assert "246810" not in written
    assert "246810" not in repr(Message(MOBILE, "验证码 246810"))


def test_demo_keeps_a_bounded_number() -> None:
    sms = DemoSms(keep=2)
    for text in "甲乙丙":
        sms.send(MOBILE, text)

    assert [message.text for message in sms.sent_to(MOBILE)] == ["丙", "乙"]


def test_fake_gateway_can_be_down_for_a_while() -> None:
    sms = FakeSms()
    sms.fail_next = 1

    with pytest.raises(AppError) as error:
        sms.send(MOBILE, "短信")
    sms.send(MOBILE, "短信")

    assert error.value.code == "sms.failed"
    assert len(sms.sent) == 1
