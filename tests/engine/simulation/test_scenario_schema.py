"""The schema that editors use for scenarios agrees with their reader; every scenario keeps it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from app.engine.simulation import read_scenario
from app.engine.simulation.scenario import EXPECT, STEP, TOP
from app.errors import DefinitionError

ROOT = Path(__file__).parents[3]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs/scenario.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
FILES = sorted(
    [*ROOT.glob("workflows/*/scenarios/*.yaml"), *ROOT.glob("templates/new_process/*.yaml")]
)

WHOLE: dict[str, Any] = {
    "name": "满期后提交",
    "story": "公示满期后提交，单位收到待办。",
    "requirements": ["R132"],
    "start": "2026-11-20T09:00",
    "process": "any_process",
    "as": "P003",
    "with": {"reason": "试办", "photo": {"file": "photo.jpg"}},
    "draft_only": False,
    "steps": [
        {"wait": "5 working days"},
        {
            "at": "2026-11-30T00:00:00",
            "do": "review_application",
            "as": "R-UADM@DW-002#2",
            "with": {"outcome": "AGREE"},
            "refused": "签字",
        },
        {
            "expect": {
                "state": "UNIT",
                "open": ["review_application"],
                "groups": {"review_application": ["R-UADM@DW-002"]},
                "deadlines": {"review_application": "2026-12-05T00:00"},
                "documents": [],
                "documents_exactly": [],
                "notices": {"N03": ["P003"], "N05": []},
                "notices_exactly": ["N03"],
                "history": ["单位审核 同意"],
                "forms": {"review_application": {"outcome": ["AGREE", "REJECT"]}},
                "incidents": [],
                "title": {"status": "VALID"},
            }
        },
    ],
}


def is_read(data: Any, folder: Path) -> bool:
    path = folder / "any_process" / "scenarios" / "one.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    try:
        read_scenario(path)
    except DefinitionError:
        return False
    return True


def changed(place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return the whole example with one place set to a value, or removed when it is None."""
    data: dict[str, Any] = json.loads(json.dumps(WHOLE))
    inner: Any = data
    for name in place[:-1]:
        inner = inner[name]
    if value is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return data


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_scenario_keeps_the_schema(path: Path) -> None:
    # An unquoted date of YAML is a date; the schema speaks of its text.
    data = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))

    assert [error.message for error in VALIDATOR.iter_errors(data)] == []


@pytest.mark.parametrize("name", ["accepted", "refused"])
def test_new_scenario_leads_editors_to_the_schema(name: str) -> None:
    text = (ROOT / f"templates/new_process/{name}.yaml").read_text("utf-8")
    hint, _, place = text.partition("\n")[0].partition("=")

    assert hint == "# yaml-language-server: $schema"
    assert (ROOT / "workflows/any_process/scenarios" / place).resolve() == (
        ROOT / "docs/scenario.schema.json"
    )


def test_schema_knows_the_keys_of_the_reader() -> None:
    parts = SCHEMA["$defs"]

    assert set(SCHEMA["properties"]) == TOP
    assert set(parts["step"]["properties"]) == STEP
    assert set(parts["expect"]["properties"]) == EXPECT


def test_whole_example_is_accepted_by_both(tmp_path: Path) -> None:
    assert VALIDATOR.is_valid(WHOLE)
    assert is_read(WHOLE, tmp_path)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("stroy",), "写错的键"),
        (("steps", 1, "whith"), {}),
        (("steps", 2, "expect", "stat"), "UNIT"),
        (("name",), None),
        (("start",), None),
        (("as",), None),
        (("steps", 1, "as"), None),
        (("start",), "明天"),
        (("steps", 0, "wait"), "5 days"),
        (("steps", 0), "review_application"),
        (("steps", 2, "expect", "open"), "review_application"),
        (("steps", 2, "expect", "groups"), {"review_application": "R-UADM@DW-002"}),
        (("steps", 2, "expect", "notices"), {"N03": "P003"}),
        (("steps", 2, "expect", "forms"), {"review_application": ["outcome"]}),
        (("steps", 2, "expect", "deadlines"), {"review_application": "明天"}),
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(
    tmp_path: Path, place: tuple[Any, ...], value: Any
) -> None:
    data = changed(place, value)

    assert not VALIDATOR.is_valid(data)
    assert not is_read(data, tmp_path)
