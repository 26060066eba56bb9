"""Several options out of a list; the value is a list in the order of the options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.forms.components.base import Post, Setting
from app.forms.components.choice import ChoiceField
from app.forms.context import Choice
from app.forms.text import one_line
from app.forms.wording import say

MOST = 200


@dataclass(frozen=True, kw_only=True)
class Checklist(ChoiceField):
    """`checklist`."""

    type = "checklist"

    @property
    def empty(self) -> Any:
        return []

    def read(self, raw: object) -> Any:
        given = raw if isinstance(raw, list | tuple) else [raw]
        return list(dict.fromkeys(text for item in given[:MOST] if (text := one_line(item))))

    def judge(self, value: Any, setting: Setting) -> list[str]:
        known = {code for code, _ in setting.options}
        return [] if set(value) <= known else [say("form.not_an_option", label=self.label)]

    def finish(self, value: Any, setting: Setting) -> Any:
        return [code for code, _ in setting.options if code in value]

    def take(self, post: Post, name: str) -> Any:
        return post.getlist(name)

    def shown(self, value: Any, options: Sequence[Choice] = ()) -> str:
        labels = dict(options)
        return "、".join(labels.get(code, code) for code in self.read(value))
