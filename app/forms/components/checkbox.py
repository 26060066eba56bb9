"""Yes or no; as `signature` and `seal` an act whose name and time the server puts in.

Ticking is all that a person sends; who signed and when is never taken from the post.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from app.clock import local
from app.forms.components.base import Field, Post, Setting
from app.forms.context import Choice
from app.forms.node import Node
from app.forms.wording import say

TICKED = frozenset({"true", "on", "1", "yes"})
SIGNATURE, SEAL = "signature", "seal"
MISSING = {
    "": "form.required_tick",
    SIGNATURE: "form.required_signature",
    SEAL: "form.required_seal",
}
SHOWN = {SIGNATURE: "form.shown_signature", SEAL: "form.shown_seal"}


@dataclass(frozen=True, kw_only=True)
class Checkbox(Field):
    """`checkbox`."""

    type = "checkbox"
    KINDS: ClassVar[frozenset[str]] = frozenset({SIGNATURE, SEAL})
    SENSITIVE_KINDS: ClassVar[frozenset[str]] = frozenset({SIGNATURE, SEAL})

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        found = super().arguments(node)
        # Nobody but the person may tick a signature, and nobody may be kept from it.
        if found["kind"] and (found["prefill"] or found["readonly"] or found["default"]):
            raise node.refusal("form.signature_preset")
        return found

    @property
    def empty(self) -> Any:
        return None if self.kind else False

    def read(self, raw: object) -> Any:
        ticked = raw is True or (isinstance(raw, str) and raw.strip().lower() in TICKED)
        return ticked or (bool(self.kind) and isinstance(raw, Mapping) and "at" in raw)

    def missing(self) -> str:
        return say(MISSING[self.kind], label=self.label)

    def judge(self, value: Any, setting: Setting) -> list[str]:
        signer = setting.context.signer()
        if self.kind and signer is None:
            return [say("form.no_signer", label=self.label)]
        if self.kind == SEAL and signer is not None and not signer.organisation_name:
            return [say("form.no_seal")]
        return []

    def finish(self, value: Any, setting: Setting) -> Any:
        signer = setting.context.signer()
        if not self.kind:
            return bool(value)
        if not value or signer is None:
            return None
        act = {"name": signer.name, "at": setting.context.now.isoformat()}
        return {"organisation": signer.organisation_name, **act} if self.kind == SEAL else act

    def take(self, post: Post, name: str) -> Any:
        return any(self.read(value) for value in post.getlist(name))

    def typed(self, value: Any) -> Any:
        # A stored signature is history: whoever submits again signs again.
        return not isinstance(value, Mapping) and bool(self.read(value))

    def shown(self, value: Any, options: Sequence[Choice] = ()) -> str:
        if not self.kind:
            return say("form.yes" if value else "form.no")
        if not isinstance(value, Mapping):
            return ""
        return say(
            SHOWN[self.kind],
            name=value.get("name", ""),
            organisation=value.get("organisation", ""),
            at=_instant(value.get("at")),
        )


def _instant(text: Any) -> str:
    try:
        return f"{local(datetime.fromisoformat(text)):%Y-%m-%d %H:%M}"
    except (TypeError, ValueError):
        return ""
