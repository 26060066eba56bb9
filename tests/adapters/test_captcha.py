"""What every captcha promises; and that the local one's answers are asked for, not told."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from app.adapters.captcha import (
    CHARACTERS,
    LIFETIME,
    Captcha,
    Challenge,
    FakeCaptcha,
    Kind,
    LocalCaptcha,
)

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
KEY = bytes(range(32))


class Solver:
    """Somebody who knows the answer: by the house's key, or because the fake tells it."""

    def __init__(self, captcha: Captcha) -> None:
        self.captcha = captcha

    def answer(self, challenge: Challenge) -> str:
        if isinstance(self.captcha, FakeCaptcha):
            return FakeCaptcha.ANSWER
        if challenge.kind is Kind.WORDS:
            return str(solved(challenge.question))
        assert isinstance(self.captcha, LocalCaptcha)
        return self.captcha._digits(challenge.token.rpartition(".")[0])


def solved(question: str) -> int:
    """Return the sum that a question asks for."""
    first, _, second = question.removesuffix("等于多少").partition("加")
    return _number(first) + _number(second)


def _number(words: str) -> int:
    tens, ten, ones = words.rpartition("十")
    high = (CHARACTERS.index(tens) if tens else 1) * 10 if ten else 0
    return high + (CHARACTERS.index(ones) if ones else 0)


@pytest.fixture(params=["real", "fake"])
def captcha(request: pytest.FixtureRequest) -> Captcha:
    return LocalCaptcha(KEY) if request.param == "real" else FakeCaptcha()


@pytest.fixture(params=list(Kind))
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def test_right_answer_passes_and_a_wrong_one_does_not(captcha: Captcha, kind: Kind) -> None:
    challenge = captcha.issue(kind, now=NOW)

    right = captcha.check(challenge.token, Solver(captcha).answer(challenge), now=NOW)
    wrong = captcha.check(challenge.token, "99999", now=NOW)

    assert right is not None
    assert right.right
    assert wrong is not None
    assert not wrong.right
    assert right.nonce == wrong.nonce


def test_challenge_expires(captcha: Captcha, kind: Kind) -> None:
    challenge = captcha.issue(kind, now=NOW)

    late = captcha.check(challenge.token, Solver(captcha).answer(challenge), now=NOW + LIFETIME)

    assert late is None


@pytest.mark.parametrize("token", ["", "x", "image.99999999999.nonce", "words.a.b.c", "..."])
def test_invented_token_is_refused(captcha: Captcha, token: str) -> None:
    assert captcha.check(token, FakeCaptcha.ANSWER, now=NOW) is None


def test_every_challenge_is_another(captcha: Captcha, kind: Kind) -> None:
    tokens = {captcha.issue(kind, now=NOW).token for _ in range(5)}

    assert len(tokens) == 5


def test_challenge_is_a_picture_or_a_question(captcha: Captcha) -> None:
    seen, read = captcha.issue(Kind.IMAGE, now=NOW), captcha.issue(Kind.WORDS, now=NOW)

    assert Image.open(io.BytesIO(seen.picture)).size == (280, 98)
    assert not seen.question
    assert read.question
    assert not read.picture


def test_altered_token_is_refused() -> None:
    captcha = LocalCaptcha(KEY)
    token = captcha.issue(Kind.WORDS, now=NOW).token
    kind, expires, nonce, signature = token.split(".")
    later = f"{kind}.{int(expires) + 600}.{nonce}.{signature}"

    assert captcha.check(later, "1", now=NOW) is None
    assert LocalCaptcha(bytes(32)).check(token, "1", now=NOW) is None


def test_answer_may_be_typed_in_full_width_digits_with_spaces() -> None:
    captcha = LocalCaptcha(KEY)
    challenge = captcha.issue(Kind.WORDS, now=NOW)
    wide = str(solved(challenge.question)).translate(
        str.maketrans("0123456789", "０１２３４５６７８９")
    )

    answered = captcha.check(challenge.token, f" {wide} ", now=NOW)

    assert answered is not None
    assert answered.right


def test_token_does_not_hold_the_answer() -> None:
    captcha = LocalCaptcha(KEY)
    challenge = captcha.issue(Kind.IMAGE, now=NOW)

    assert Solver(captcha).answer(challenge) not in challenge.token
