"""What the publish check says of 退回: targets, ways, forms; one broken package each."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import build_tools
from app.engine.package import read_package
from app.feel import Feel
from tests.engine.checks import editing
from tests.engine.houses import PACKAGES, Workshop, config_for

DRAWING = "workflows/travel_desk/travel_desk.bpmn"
CALLED = "workflows/travel_check/travel_check.bpmn"
VERDICT = "forms/travel_desk/verdict.form"
LISTED = 'name="mayReturnTo" value="sign_off,check_budget,write_request"'
GOOD = 'name="mayReturnTo" value="check_budget,write_request"'
OPEN = 'name="mayReturnTo" value=""'


class Draft(editing.Draft):
    """The trip's package being edited."""

    def edited(self, old: str, new: str, path: str = DRAWING, *, everywhere: bool = False) -> Draft:
        """Replace a text that must be there."""
        found = super().edited(old, new, path, everywhere=everywhere)
        return Draft(found.package, found.tools)


@pytest.fixture
def trip(house_feel: Feel, tmp_path: Path) -> Draft:
    """A package that returns cases in every allowed way."""
    package = read_package(
        "travel_desk", workflows=PACKAGES / "workflows", forms=PACKAGES / "forms"
    )
    tools = build_tools(config_for(tmp_path), operations=Workshop().registry(), feel=house_feel)
    return Draft(package, tools).edited(LISTED, GOOD)


def found(draft: Draft) -> list[tuple[str, str]]:
    """Return codes and elements of the findings."""
    return [(finding.code, finding.element) for finding in draft.check()]


def test_ways_across_calls_and_branches_are_fine(trip: Draft) -> None:
    assert found(trip) == []


@pytest.mark.parametrize(
    ("targets", "code", "said"),
    [
        ("no_such_task", "check.return_target", "no_such_task"),
        ("check_trip", "check.return_target", "check_trip"),
        ("sign_off", "check.return_way", "并行分支"),
        ("archive_trip", "check.return_way", "不在这一步之前"),
    ],
)
def test_target_that_cannot_be_gone_back_to(
    trip: Draft, targets: str, code: str, said: str
) -> None:
    draft = trip.edited(GOOD, f'name="mayReturnTo" value="{targets}"')

    [finding] = draft.check()

    assert (finding.code, finding.element, finding.file) == (code, "archive_trip", DRAWING)
    assert said in finding.sentence


def test_other_branches_may_stand(trip: Draft) -> None:
    stand = 'name="mayReturnTo" value="sign_off" /><zeebe:property name="otherBranches"'
    assert found(trip.edited(GOOD, f'{stand} value="stand"')) == []


def test_return_that_leads_nowhere(trip: Draft) -> None:
    draft = trip.edited(OPEN, 'name="mayCancel" value="true"').edited(
        'name="caseState" value="DRAFT"', f'name="caseState" value="DRAFT" /><zeebe:property {OPEN}'
    )
    draft = draft.edited('formId="plan"', 'formId="verdict"').edited(
        '<zeebe:output source="=place" target="place" />', ""
    )

    codes = [code for code, element in found(draft) if element == "write_request"]

    assert "check.return_nowhere" in codes


def test_form_must_let_people_say_it(trip: Draft) -> None:
    option = '{\n          "label": "退回",\n          "value": "RETURN"\n        }'
    draft = trip.edited(f",\n        {option}", "", VERDICT)

    assert found(draft) == [
        ("check.return_form", "archive_trip"),
        ("check.return_form", "sign_off"),
    ]


def test_form_must_not_offer_what_the_task_refuses(trip: Draft) -> None:
    draft = trip.edited(f"<zeebe:property {GOOD} />", "")

    assert found(draft) == [("check.return_offered", "archive_trip")]


def test_straight_way_back_must_be_possible(trip: Draft) -> None:
    straight = f'{GOOD} /><zeebe:property name="afterReturn" value="back"'

    assert found(trip.edited(GOOD, straight)) == [("check.return_straight", "archive_trip")]


@pytest.mark.parametrize("name", ["afterReturn", "otherBranches", "mayCancel"])
def test_values_of_the_properties_are_known(trip: Draft, name: str) -> None:
    draft = trip.edited(GOOD, f'{GOOD} /><zeebe:property name="{name}" value="perhaps"')

    assert ("check.property_value", "archive_trip") in found(draft)


def test_too_many_pairs_are_not_worked_out(trip: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.engine.checks.returns.MOST_PAIRS", 2)

    assert [code for code, _ in found(trip)] == ["limits.return_pairs"]
