"""One line of text, also in its own kinds: identity numbers, codes, names, document numbers.

A kind is a function that brings the text into one spelling or refuses it with a code; the rules of
identity and organisation numbers are the domain's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from app.domain.people.identifiers import check_credit_code, check_mobile, normalise_id_number
from app.domain.titles.documents import normalise_number
from app.errors import DomainError
from app.forms.components.base import ADORNERS, Field, Setting, given_rules, read_rule
from app.forms.context import Choice
from app.forms.node import Node
from app.forms.text import one_line
from app.forms.wording import say, say_error

LONGEST = 500
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PHONE = re.compile(r"\+?[0-9]{3,4}(?:[- ]?[0-9]{2,8}){1,3}")
TYPES = {"email": ("form.email", EMAIL), "phone": ("form.phone", PHONE)}
DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅･．", "·"))
NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[·'\- ]|\u200d){1,49}")
APPROVAL = re.compile(r"[\u4e00-\u9fa5A-Za-z（）()]{2,20}〔[0-9]{4}〕[A-Z]?[0-9]{1,4}号")
ASCII_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "（）［］"}
SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def id_number(text: str, today: date) -> str:
    """Return a citizen's number in its one spelling."""
    return normalise_id_number(text, today=today)


def credit_code(text: str, today: date) -> str:
    """Return a unified social credit code in capitals."""
    return check_credit_code(text)


def mobile(text: str, today: date) -> str:
    """Return a mobile number without country code, spaces and hyphens."""
    return check_mobile(text)


def person_name(text: str, today: date) -> str:
    """Return a name with one kind of dot; 2 to 50 letters, also rare and minority ones."""
    name = " ".join(text.translate(DOTS).split())
    letters = SELECTORS.sub("", name)
    plain = "".join(c for c in letters if not unicodedata.category(c).startswith("M"))
    if not NAME.fullmatch(plain) or len(name) > 100:
        raise DomainError("form.person_name")
    return name


def approval_number(text: str, today: date) -> str:
    """Return a document number with 〔〕 around its year."""
    number = normalise_number(text.translate(ASCII_WIDTH))
    if not APPROVAL.fullmatch(number):
        raise DomainError("form.approval_number")
    return number


KINDS: Mapping[str, Callable[[str, date], str]] = {
    "id_number": id_number,
    "credit_code": credit_code,
    "mobile": mobile,
    "person_name": person_name,
    "approval_number": approval_number,
}


@dataclass(frozen=True, kw_only=True)
class TextField(Field):
    """`textfield`."""

    type = "textfield"
    RULES: ClassVar[frozenset[str]] = frozenset(
        ("required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType")
    )
    KINDS: ClassVar[frozenset[str]] = frozenset(KINDS)
    ADORNERS: ClassVar[frozenset[str]] = ADORNERS
    SENSITIVE_KINDS: ClassVar[frozenset[str]] = frozenset({"id_number", "mobile", "person_name"})

    pattern: str = ""
    pattern_message: str = ""
    validation_type: str = ""

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        rules = node.section("validate", cls.RULES)
        kind = rules.text("validationType").removeprefix("custom")
        if kind not in {*TYPES, ""}:
            raise node.refusal("form.validation_type", type=kind, known="、".join(TYPES))
        pattern = rules.text("pattern")
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            reason = str(error)[:200]
            raise node.refusal("form.pattern", pattern=pattern[:200], reason=reason) from error
        limits = {name: read_rule(node, rules, name) for name in ("minLength", "maxLength")}
        return super().arguments(node) | {
            "rules": given_rules(limits),
            "pattern": pattern,
            "pattern_message": rules.text("patternErrorMessage"),
            "validation_type": kind,
        }

    @classmethod
    def _sensitive(cls, node: Node, own: Node, kind: str) -> bool:
        reached_by = bool(node.section("validate", cls.RULES).text("validationType"))
        return super()._sensitive(node, own, kind) or reached_by

    @property
    def empty(self) -> Any:
        return ""

    def read(self, raw: object) -> Any:
        text = one_line(raw)
        if self.validation_type:
            text = unicodedata.normalize("NFKC", text)
        return self._spelled(text) if self.kind and text else text

    def _spelled(self, text: str) -> str:
        """Return the one spelling where the text has it already; conditions compare that."""
        try:
            return KINDS[self.kind](text, date.max)
        except DomainError:
            return text

    def judge(self, value: Any, setting: Setting) -> list[str]:
        found = length_problems(value, setting.rules, LONGEST)
        if not found and self.kind:
            found = self._kind_problems(value, setting)
        if self.validation_type:
            sentence, expected = TYPES[self.validation_type]
            if not expected.fullmatch(value):
                found.append(say(sentence, label=self.label))
        if self.pattern and setting.rules.get("matches") is not True:
            found.append(self.pattern_message or say("form.pattern_differs", label=self.label))
        return found

    def _kind_problems(self, value: str, setting: Setting) -> list[str]:
        try:
            KINDS[self.kind](value, setting.context.today)
        except DomainError as error:
            return [say_error(error, label=self.label)]
        return []

    def finish(self, value: Any, setting: Setting) -> Any:
        if self.kind and value:
            return KINDS[self.kind](value, setting.context.today)
        return value

    def shown(self, value: Any, options: Sequence[Choice] = ()) -> str:
        return one_line(value)


def length_problems(value: str, rules: Mapping[str, Any], longest: int) -> list[str]:
    """Return what is wrong with the number of characters; Chinese ones count one each."""
    least, most = rules.get("minLength"), rules.get("maxLength")
    most = most if isinstance(most, int | float) else longest
    if isinstance(least, int | float) and len(value) < least:
        return [say("form.too_short", least=int(least), length=len(value))]
    if len(value) > most:
        return [say("form.too_long", most=int(most), length=len(value))]
    return []
