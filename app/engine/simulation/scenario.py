"""Reading `scenarios/*.yaml`; the schema stands in the designer's guide.

Times are Shanghai wall-clock times. Unknown keys are refused, so a misspelt expectation never
passes silently.
"""

from __future__ import annotations

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
    "steps",
    "refused",
    "draft_only",
}
STEP = {"at", "wait", "do", "as", "with", "refused", "expect"}
EXPECT = {"state", "open", "groups", "deadlines", "documents", "notices", "title", "incidents"}


@dataclass(frozen=True)
class Step:
    """Move the clock, then act, then look."""

    at: datetime | None = None
    wait_workdays: int | None = None
    do: str | None = None
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


def scenario_files(workflows: Path, key: str) -> list[Path]:
    """Return the scenario files of a process."""
    return sorted((workflows / key / "scenarios").glob("*.yaml"))


def read_scenario(path: Path) -> Scenario:
    """Parse a scenario; raises DefinitionError with file and reason."""
    file = "/".join(path.parts[-4:])
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DefinitionError("scenario.not_yaml", file=file, reason=str(error)) from error
    if not isinstance(data, dict):
        raise DefinitionError("scenario.not_yaml", file=file, reason="")
    _known(data, TOP, file, "")
    for name in ("name", "start", "as"):
        if name not in data:
            raise DefinitionError("scenario.missing", file=file, name=name)
    steps = tuple(_step(item, file, n) for n, item in enumerate(data.get("steps") or [], start=1))
    return Scenario(
        name=str(data["name"]),
        story=str(data.get("story", "")),
        file=file,
        folder=path.parent,
        process=str(data.get("process") or path.parent.parent.name),
        start=_instant(data["start"], file),
        actor=str(data["as"]),
        values=data.get("with") or {},
        steps=steps,
        requirements=tuple(data.get("requirements") or ()),
        refused=data.get("refused"),
        draft_only=bool(data.get("draft_only", False)),
    )


def _known(data: Mapping[str, Any], allowed: set[str], file: str, place: str) -> None:
    unknown = sorted(set(data) - allowed)
    if unknown:
        raise DefinitionError(
            "scenario.unknown_key", file=file, element=place, names="、".join(unknown)
        )


def _step(data: Any, file: str, number: int) -> Step:
    place = f"steps[{number}]"
    if not isinstance(data, dict):
        raise DefinitionError("scenario.bad_step", file=file, element=place)
    _known(data, STEP, file, place)
    expect = data.get("expect") or {}
    _known(expect, EXPECT, file, place)
    if "do" in data and "as" not in data:
        raise DefinitionError("scenario.missing", file=file, element=place, name="as")
    return Step(
        at=_instant(data["at"], file) if "at" in data else None,
        wait_workdays=_workdays(data["wait"], file, place) if "wait" in data else None,
        do=data.get("do"),
        actor=data.get("as"),
        values=data.get("with") or {},
        refused=data.get("refused"),
        expect=expect,
    )


def _workdays(text: Any, file: str, place: str) -> int:
    words = str(text).split()
    if len(words) != 3 or not words[0].isdigit() or words[1:] != ["working", "days"]:
        raise DefinitionError("scenario.bad_wait", file=file, element=place, text=str(text))
    return int(words[0])


def _instant(value: Any, file: str) -> datetime:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise DefinitionError("scenario.bad_time", file=file, text=str(value)) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)
