"""Reading `scenarios/*.yaml`; the schema stands in the designer's guide.

Times are Shanghai wall-clock times. Unknown keys are refused, so a misspelt expectation never
passes silently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from app.clock import SHANGHAI
from app.errors import DefinitionError

TOP = {
    "name",
    "story",
    "requirements",
    "start",
    "process",
    "as",
    "with",
    "record",
    "message",
    "timer",
    "photos",
    "steps",
    "refused",
    "draft_only",
}
ACTS = ("do", "send", "message", "objection")
STEP = {"at", "wait", "outside", "as", "with", "refused", "expect", *ACTS}
EXPECT = {
    *("state", "open", "groups", "deadlines", "documents", "notices", "title", "incidents"),
    *("issuance", "publicity", "documents_exactly", "notices_exactly", "history", "forms"),
}

KINDS: Mapping[str, type] = {
    "name": str,
    "story": str,
    "steps": list,
    "requirements": list,
    "with": Mapping,
    "expect": Mapping,
    "process": str,
    "as": str,
    "do": str,
    "send": str,
    "outside": Mapping,
    "record": str,
    "photos": Mapping,
    "message": str,
    "timer": str,
    "objection": Mapping,
    "refused": str,
}
LISTS = ("open", "documents", "documents_exactly", "notices_exactly", "incidents", "history")
SHAPES: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(LISTS, list),
    **dict.fromkeys(("groups", "deadlines", "title", "forms"), Mapping),
    "notices": (list, Mapping),
}
DEEP: Mapping[str, type] = {"groups": list, "notices": list, "forms": Mapping}
LARGEST = 100_000
DEEPEST = 50
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
WORKDAYS = re.compile(r"[0-9]{1,3}")
FILE = re.compile(r"(?:\.\./\.\./[a-z0-9_]+/scenarios/)?[\w\-]+(?:\.[\w\-]+)*")


@dataclass(frozen=True)
class Step:
    """Move the clock, change what lies outside, then act, then look."""

    at: datetime | None = None
    wait_workdays: int | None = None
    outside: Mapping[str, Any] = field(default_factory=dict)
    kind: str | None = None  # one of ACTS
    do: str | None = None  # the element, or the name of the message
    actor: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """One told story of a procedure."""

    name: str
    story: str
    file: str
    folder: Path
    process: str
    start: datetime
    actor: str
    values: Mapping[str, Any]
    steps: tuple[Step, ...]
    requirements: tuple[str, ...] = ()
    refused: str | None = None
    draft_only: bool = False
    record: str | None = None
    message: str | None = None  # what begins the case instead of a person
    timer: str | None = None  # or the start event, armed at `start`, that begins it by time
    photos: Mapping[str, Any] = field(default_factory=dict)


def scenario_files(workflows: Path, key: str) -> list[Path]:
    """Return the scenario files of a process."""
    return sorted((workflows / key / "scenarios").glob("*.yaml"))


def read_scenario(path: Path) -> Scenario:
    """Parse a scenario; raises DefinitionError with file and reason."""
    file = "/".join(path.parts[-4:])
    try:
        if path.stat().st_size > LARGEST:
            raise DefinitionError("scenario.too_large", file=file, most=LARGEST)
        data = _plain(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error)[:500]
        raise DefinitionError("scenario.not_yaml", file=file, reason=reason) from error
    if not isinstance(data, dict):
        raise DefinitionError("scenario.not_yaml", file=file, reason="")
    _known(data, TOP, file, "")
    _check_kinds(data, KINDS, file, "")
    for name in ("name", "start", "as"):
        if name not in data and not (name == "as" and {"message", "timer"} & set(data)):
            raise DefinitionError("scenario.missing", file=file, name=name)
    steps = tuple(_step(item, file, n) for n, item in enumerate(data.get("steps") or [], start=1))
    return Scenario(
        name=str(data["name"]),
        story=str(data.get("story", "")),
        file=file,
        folder=path.parent,
        process=str(data.get("process") or path.parent.parent.name),
        start=_instant(data["start"], file),
        actor=str(data.get("as", "")),
        values=data.get("with") or {},
        steps=steps,
        requirements=tuple(data.get("requirements") or ()),
        refused=data.get("refused"),
        draft_only=bool(data.get("draft_only", False)),
        record=data.get("record"),
        message=data.get("message"),
        timer=data.get("timer"),
        photos=data.get("photos") or {},
    )


def _known(data: Mapping[str, Any], allowed: set[str], file: str, place: str) -> None:
    unknown = sorted(str(name) for name in set(data) - allowed)
    if unknown:
        raise DefinitionError(
            "scenario.unknown_key", file=file, element=place, names="、".join(unknown)
        )


def _check_kinds(data: Mapping[str, Any], kinds: Mapping[str, type], file: str, place: str) -> None:
    for name, kind in kinds.items():
        if data.get(name) is not None and not isinstance(data[name], kind):
            raise DefinitionError("scenario.bad_value", file=file, element=place, name=name)
    _check_files(data.get("with"), file, place)
    _check_files(data.get("photos"), file, place)


def _check_files(values: Any, file: str, place: str) -> None:
    """Refuse a `{file: name}` outside the folders of scenarios."""
    if isinstance(values, Mapping):
        name = values.get("file") if set(values) == {"file"} else None
        if name is not None and not (isinstance(name, str) and FILE.fullmatch(name)):
            raise DefinitionError("scenario.bad_value", file=file, element=place, name="file")
    inside = values.values() if isinstance(values, Mapping) else values
    for value in inside if isinstance(values, Mapping | list) else ():
        _check_files(value, file, place)


def _plain(text: str) -> Any:
    """Read YAML without aliases and deep nests: a few lines could stand for gigabytes."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("alias (*)")
        opens = isinstance(event, yaml.CollectionStartEvent)
        depth += opens - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise yaml.YAMLError(f"nested deeper than {DEEPEST}")
    return yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe one


def _step(data: Any, file: str, number: int) -> Step:
    place = f"steps[{number}]"
    if not isinstance(data, dict):
        raise DefinitionError("scenario.bad_step", file=file, element=place)
    _known(data, STEP, file, place)
    _check_kinds(data, KINDS, file, place)
    expect = data.get("expect") or {}
    _known(expect, EXPECT, file, place)
    _check_expected(expect, file, place)
    kind = next((name for name in ACTS if name in data), None)
    if kind in ("do", "send") and "as" not in data:
        raise DefinitionError("scenario.missing", file=file, element=place, name="as")
    return Step(
        at=_instant(data["at"], file) if "at" in data else None,
        wait_workdays=_workdays(data["wait"], file, place) if "wait" in data else None,
        outside=data.get("outside") or {},
        kind=kind,
        do=None if kind in (None, "objection") else data[kind],
        actor=data.get("as"),
        values=data.get("objection") or data.get("with") or {},
        refused=data.get("refused"),
        expect=expect,
    )


def _check_expected(expect: Mapping[str, Any], file: str, place: str) -> None:
    """Refuse an expectation of another shape; it could not be compared."""
    for name, value in expect.items():
        shapes = SHAPES.get(name)
        inner = value.values() if isinstance(value, Mapping) else ()
        deep = DEEP.get(name)
        if (shapes and not isinstance(value, shapes)) or (
            deep and not all(isinstance(each, deep) for each in inner)
        ):
            raise DefinitionError("scenario.bad_value", file=file, element=place, name=name)
    for instant in (expect.get("deadlines") or {}).values():
        _instant(instant, file)


def _workdays(text: Any, file: str, place: str) -> int:
    words = str(text).split()
    if len(words) != 3 or not WORKDAYS.fullmatch(words[0]) or words[1:] != ["working", "days"]:
        raise DefinitionError("scenario.bad_wait", file=file, element=place, text=str(text))
    return int(words[0])


def _instant(value: Any, file: str) -> datetime:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise DefinitionError("scenario.bad_time", file=file, text=str(value)) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)
