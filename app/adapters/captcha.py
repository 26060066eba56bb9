"""Captchas for public queries: distorted digits, or a sum in words for whoever cannot see them.

A challenge is a signed text that travels with the form. Its answer follows from that text and the
house's key, so nothing is stored until it is answered; that it is answered once only is kept by
`app.domain.verification`.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from io import BytesIO
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

LIFETIME = timedelta(minutes=10)
DIGITS = 5
# Drawn at twice the size at which a page shows it first, so that it stays sharp enlarged.
SIZE = (280, 98)
CHARACTERS = "零一二三四五六七八九"
PAPER, INKS = (245, 247, 250), ((29, 37, 48), (11, 92, 173), (27, 110, 60), (138, 90, 0))
_random = secrets.SystemRandom()


class Kind(StrEnum):
    """How a challenge is asked."""

    IMAGE = "image"
    WORDS = "words"


@dataclass(frozen=True)
class Challenge:
    """What a form shows: a picture (PNG) or a question, and the token that it sends back."""

    token: str
    kind: Kind
    picture: bytes = b""
    question: str = ""


@dataclass(frozen=True)
class Answered:
    """An authentic challenge that came back in time, and whether its answer is right."""

    nonce: str
    expires_at: datetime
    right: bool


class Captcha(Protocol):
    """Asks what people answer more easily than programs."""

    def issue(self, kind: Kind, *, now: datetime) -> Challenge:
        """Return a new challenge."""

    def check(self, token: str, answer: str, *, now: datetime) -> Answered | None:
        """Judge an answer; None for a token that is forged, altered or too old."""


class LocalCaptcha:
    """Draws its pictures itself and signs its tokens with a key of the house."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, kind: Kind, *, now: datetime) -> Challenge:
        expires = int((now + LIFETIME).timestamp())
        body = f"{kind.value}.{expires}.{secrets.token_urlsafe(18)}"
        token = f"{body}.{self._signature(body)}"
        if kind is Kind.WORDS:
            return Challenge(token, kind, question=_question(*self._numbers(body)))
        return Challenge(token, kind, picture=draw(self._digits(body)))

    def check(self, token: str, answer: str, *, now: datetime) -> Answered | None:
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return None
        kind, expires, nonce = body.split(".")
        expires_at = datetime.fromtimestamp(int(expires), UTC)
        if now >= expires_at:
            return None
        wanted = str(sum(self._numbers(body))) if kind == Kind.WORDS else self._digits(body)
        given = "".join(unicodedata.normalize("NFKC", answer).split())
        return Answered(nonce, expires_at, hmac.compare_digest(given.encode(), wanted.encode()))

    def _signature(self, body: str) -> str:
        return urlsafe_b64encode(self._mac("token", body)).rstrip(b"=").decode()

    def _mac(self, purpose: str, body: str) -> bytes:
        return hmac.digest(self._key, f"captcha {purpose} {body}".encode(), "sha256")

    def _digits(self, body: str) -> str:
        number = int.from_bytes(self._mac("digits", body))
        return f"{number % 10**DIGITS:0{DIGITS}d}"

    def _numbers(self, body: str) -> tuple[int, int]:
        number = int.from_bytes(self._mac("sum", body))
        return 11 + number % 79, 2 + number // 79 % 8


def _question(first: int, second: int) -> str:
    return f"{_in_words(first)}加{_in_words(second)}等于多少"


def _in_words(number: int) -> str:
    """Return a number below 100 as it is read aloud."""
    tens, ones = divmod(number, 10)
    if not tens:
        return CHARACTERS[ones]
    return ("" if tens == 1 else CHARACTERS[tens]) + "十" + (CHARACTERS[ones] if ones else "")


def draw(digits: str) -> bytes:
    """Return a picture of digits that are turned, shifted, crossed by lines and bent in a wave."""
    image = Image.new("RGB", SIZE, PAPER)
    width, height = SIZE
    step = width // (len(digits) + 1)
    for place, digit in enumerate(digits):
        tile = _digit(digit)
        left = step // 2 + place * step + _random.randint(-6, 6)
        image.paste(_random.choice(INKS), (left, _random.randint(4, height - tile.height)), tile)
    pen = ImageDraw.Draw(image)
    for _ in range(4):
        ends = [(_random.randint(0, width), _random.randint(0, height)) for _ in range(2)]
        pen.line(ends, fill=_random.choice(INKS), width=2)
    for _ in range(250):
        pen.point((_random.randrange(width), _random.randrange(height)), _random.choice(INKS))
    content = BytesIO()
    _bent(image).save(content, "PNG", optimize=True)
    return content.getvalue()


def _digit(digit: str) -> Image.Image:
    """Return the mask of one digit, turned by some degrees."""
    tile = Image.new("L", (56, 76), 0)
    font = ImageFont.load_default(_random.randint(54, 66))
    ImageDraw.Draw(tile).text((28, 38), digit, fill=255, font=font, anchor="mm")
    return tile.rotate(_random.uniform(-24, 24), resample=Image.Resampling.BICUBIC)


def _bent(image: Image.Image) -> Image.Image:
    """Shift stripes of a picture up and down by turns, with soft edges between them."""
    width, height = image.size
    stripe = width // 14
    lifts = [_random.uniform(-7, 7) for _ in range(width // stripe + 1)]
    mesh = []
    for place, left in enumerate(range(0, width, stripe)):
        right = min(left + stripe, width)
        one, two = lifts[place], lifts[min(place + 1, len(lifts) - 1)]
        corners = (left, one, left, height + one, right, height + two, right, two)
        mesh.append(((left, 0, right, height), corners))
    return image.transform(
        image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR, fillcolor=PAPER
    )


class FakeCaptcha:
    """Tells the answer with the question, and keeps the same promises otherwise."""

    ANSWER = "12345"

    def issue(self, kind: Kind, *, now: datetime) -> Challenge:
        expires = int((now + LIFETIME).timestamp())
        token = f"fake.{expires}.{secrets.token_hex(8)}"
        if kind is Kind.WORDS:
            return Challenge(token, kind, question=f"请输入{self.ANSWER}")
        return Challenge(token, kind, picture=draw(self.ANSWER))

    def check(self, token: str, answer: str, *, now: datetime) -> Answered | None:
        mark, _, rest = token.partition(".")
        expires, _, nonce = rest.partition(".")
        if mark != "fake" or not expires.isdigit() or len(nonce) != len(secrets.token_hex(8)):
            return None
        expires_at = datetime.fromtimestamp(int(expires), UTC)
        return Answered(nonce, expires_at, answer == self.ANSWER) if now < expires_at else None
