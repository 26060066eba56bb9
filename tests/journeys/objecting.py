"""What anybody does who objects to a publicity, as his browser sends it."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.test import TestResponse

from tests.adapters.test_captcha import solved
from tests.journeys.conftest import Town
from tests.journeys.visitor import CSRF, Visitor

FACTS = "他的证书由单位保管，没有遗失，附借用登记。"
NAME, CONTACT = "黄知远", "13900000099"
SIGNED = {"signed": "SIGNED", "name": NAME, "contact": CONTACT, "facts": FACTS}
ANONYMOUS = {"signed": "ANONYMOUS", "facts": FACTS}


def notice_of(town: Town) -> str:
    """Return the path of the only publicity on the public list."""
    found = re.search(r'href="(/publicity/\w{32})"', town.visitor().text("/publicity"))
    assert found, "nothing is publicised"
    return found.group(1)


def opened(visitor: Visitor, path: str) -> dict[str, Any]:
    """Open the form, ask for a sum in words, and return the hidden fields with its answer."""
    fields = {"csrf_token": visitor.token(path), "other_captcha": "words"}
    page = visitor.client.post(path, data=fields).text
    question = re.search(r'<label class="form-label" for="answer">([^<]+)？', page)
    token = re.search(r'name="challenge" value="([^"]+)"', page)
    csrf = CSRF.search(page)
    assert question
    assert token
    assert csrf
    return {
        "csrf_token": csrf.group(1),
        "challenge": token.group(1),
        "kind": "words",
        "answer": str(solved(question.group(1))),
    }


def send(visitor: Visitor, path: str, asked: dict[str, Any], **fields: Any) -> TestResponse:
    """Send the form as it was opened."""
    return visitor.client.post(path, data={**asked, **fields}, content_type="multipart/form-data")


def object_to(town: Town, **fields: Any) -> TestResponse:
    """Open the form of the only publicity and send it at once."""
    visitor, path = town.visitor(), f"{notice_of(town)}/objection"
    answer = send(visitor, path, opened(visitor, path), **(fields or SIGNED))
    town.work()
    return answer
