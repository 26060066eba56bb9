"""What every form component shares: reading its definition, and for fields reading its value.

A component is a frozen value made from the form file. `read` is lenient and never raises;
`problems` judges what was read; `finish` yields the JSON-safe value that is stored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

from app.forms.context import Choice, FormContext
from app.forms.node import Node
from app.forms.wording import say

KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
# Names that every expression already sees; a field of that name could pose as them.
RESERVED = frozenset(
    (
        "typename", "actor", "now", "today", "submission", "path", "case", "region", "rule_date",
        "initiator", "this", "parent", "i",
    )
)  # fmt: skip
ADORNERS = frozenset({"prefixAdorner", "suffixAdorner"})
PATTERN_NAME = "form_pattern_"


@dataclass(frozen=True)
class Unreadable:
    """Something was typed that the field cannot read; the text is kept for the person."""

    text: str


class Post(Protocol):
    """A posted form, as werkzeug's MultiDict offers it."""

    def getlist(self, key: str) -> list[str]: ...

    def keys(self) -> Any: ...


@dataclass(frozen=True)
class Setting:
    """What holds for a field just now: evaluated rules, options, and the server's own value."""

    context: FormContext
    rules: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[Choice, ...] = ()
    locked: bool = False
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class Component:
    """Anything that stands in a form."""

    type: ClassVar[str]
    PROPERTIES: ClassVar[frozenset[str]] = frozenset()
    RULES: ClassVar[frozenset[str]] = frozenset()

    element: str
    label: str = ""
    help: str = ""
    hide: str = ""
    components: tuple[Component, ...] = ()

    @classmethod
    def parse(cls, node: Node) -> Self:
        """Make the component from its JSON object; raises DefinitionError."""
        return cls(**cls.arguments(node))

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        """Return the constructor's arguments; subclasses add theirs."""
        node.section("properties", cls.PROPERTIES)
        node.section("validate", cls.RULES)
        hide = node.section("conditional", frozenset({"hide"})).expression("hide")
        return {
            "element": node.element,
            "label": node.fixed("label"),
            "help": node.fixed("description"),
            "hide": hide,
        }

    def expressions(self) -> Iterator[tuple[str, str]]:
        """Yield each FEEL expression with the attribute it stands in."""
        if self.hide:
            yield "conditional.hide", self.hide


@dataclass(frozen=True, kw_only=True)
class Field(Component):
    """A component with a value."""

    PROPERTIES: ClassVar[frozenset[str]] = frozenset({"kind", "sensitive", "prefill", "readonly"})
    RULES: ClassVar[frozenset[str]] = frozenset({"required"})
    KINDS: ClassVar[frozenset[str]] = frozenset()
    ADORNERS: ClassVar[frozenset[str]] = frozenset()
    # Kinds whose values are personal by nature; "" stands for the plain component.
    SENSITIVE_KINDS: ClassVar[frozenset[str]] = frozenset()
    REQUIRED: ClassVar[str] = "form.required_fill"

    key: str
    kind: str = ""
    required: bool = False
    sensitive: bool = False
    prefill: str = ""
    readonly: bool | str = False
    default: Any = None
    rules: Mapping[str, Any] = field(default_factory=dict)
    # What stands before and after the value, such as a unit.
    before: str = ""
    after: str = ""

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        found = super().arguments(node)
        look = node.section("appearance", cls.ADORNERS)
        own = node.section("properties", cls.PROPERTIES)
        kind = own.fixed("kind")
        if kind not in cls.KINDS | {""}:
            known = "、".join(sorted(cls.KINDS)) or say("form.nothing")
            raise node.refusal("form.kind_unknown", kind=kind, type=cls.type, known=known)
        if not found["label"]:
            raise node.refusal("form.label_missing")
        rules = node.section("validate", cls.RULES)
        return found | {
            "key": read_key(node, "key"),
            "kind": kind,
            "required": rules.flag("required"),
            "sensitive": cls._sensitive(node, own, kind),
            "prefill": own.expression("prefill"),
            "readonly": _readonly(node, own),
            "default": cls.read_default(node),
            "before": look.fixed("prefixAdorner"),
            "after": look.fixed("suffixAdorner"),
        }

    @classmethod
    def _sensitive(cls, node: Node, own: Node, kind: str) -> bool:
        personal = kind in cls.SENSITIVE_KINDS
        stated = own.flag("sensitive", personal)
        if personal and not stated:
            raise node.refusal("form.always_sensitive", what=kind or cls.type)
        return stated

    @classmethod
    def read_default(cls, node: Node) -> Any:
        """Return the default value as the file states it."""
        value = node.data.get("defaultValue")
        if not isinstance(value, str | int | float | bool | list | None):
            raise node.refusal("form.not_text", name="defaultValue")
        return value

    def expressions(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions()
        if self.prefill:
            yield "properties.prefill", self.prefill
        if isinstance(self.readonly, str):
            yield "readonly", self.readonly
        for name, rule in self.rules.items():
            if isinstance(rule, str) and rule.startswith("="):
                yield f"validate.{name}", rule

    @property
    def empty(self) -> Any:
        """Return the value of a field in which nothing was filled."""
        return None

    def read(self, raw: object) -> Any:
        """Return what was given in uniform shape, `Unreadable`, or the empty value."""
        raise TypeError(self.type)

    def is_blank(self, value: Any) -> bool:
        """Tell whether nothing was filled in."""
        return value is None or value in ("", [], False)

    def problems(self, value: Any, setting: Setting) -> list[str]:
        """Return what is wrong with a read value, as sentences that say what to do."""
        if self.is_blank(value):
            return [self.missing()] if self.required else []
        return self.judge(value, setting)

    def judge(self, value: Any, setting: Setting) -> list[str]:
        """Return what is wrong with a value that is not blank."""
        return []

    def missing(self) -> str:
        """Return the sentence for a required field left blank."""
        return say(self.REQUIRED, label=self.label)

    def finish(self, value: Any, setting: Setting) -> Any:
        """Return the JSON-safe value to store."""
        return value

    def feel(self, value: Any) -> Any:
        """Return the value as expressions see it."""
        return None if isinstance(value, Unreadable) else value

    def take(self, post: Post, name: str) -> Any:
        """Return the raw value of this field from a posted form."""
        values = post.getlist(name)
        return values[0] if values else None

    def typed(self, value: Any) -> Any:
        """Return what the control shows for a raw, read or stored value."""
        read = self.read(value)
        return read.text if isinstance(read, Unreadable) else read

    def shown(self, value: Any, options: Sequence[Choice] = ()) -> str:
        """Return the stored value as people read it."""
        return "" if value is None else str(value)


def read_key(node: Node, name: str) -> str:
    """Return a field's key; it becomes a name in expressions and in posted forms."""
    key = node.text(name)
    if not key:
        raise node.refusal("form.key_missing", name=name)
    if not KEY.fullmatch(key):
        raise node.refusal("form.key_invalid", key=key)
    if key in RESERVED or key.startswith(PATTERN_NAME):
        raise node.refusal("form.key_reserved", key=key)
    return key


def _readonly(node: Node, own: Node) -> bool | str:
    value = node.data.get("readonly", False)
    if isinstance(value, str) and value.startswith("="):
        return node.expression("readonly")
    return node.flag("readonly") or node.flag("disabled") or own.flag("readonly")


def read_rule(node: Node, rules: Node, name: str) -> str | float | int | None:
    """Return a limit: a number, an expression, or None when there is none."""
    value = rules.data.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.startswith("="):
        node.judge(f"validate.{name}", value)
        return value
    try:
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise node.refusal("form.not_number", name=f"validate.{name}") from error
    return int(number) if number.is_integer() else number


def given_rules(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules that are stated."""
    return {name: rule for name, rule in found.items() if rule is not None}
