"""The core on the real FEEL interpreter: quorum, mappings, conditions, a timer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from app.engine.spiff import Element, WrongValue
from app.feel import BUNDLE, Feel, Place
from spiff_diagrams import (
    catch,
    chain,
    definition,
    each,
    el,
    end,
    gateway,
    io,
    start,
    timer,
    user,
)
from spiff_host import Driver, RecordingHost


class FeelHost(RecordingHost):
    """Evaluates with the interpreter that the house uses."""

    def __init__(self, feel: Feel) -> None:
        super().__init__()
        self.feel = feel

    def evaluate(
        self, expressions: Sequence[str], context: Mapping[str, Any], element: Element,
        attribute: str,
    ) -> list[Any]:  # fmt: skip
        place = Place(element.file, element.id, attribute)
        return self.feel.evaluate(expressions, context, place=place)


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    made = Feel(BUNDLE)
    yield made
    made.close()


def committee() -> list[str]:
    votes = each(
        "=experts", "expert", into="votes", result="=vote",
        until='=count(votes[item = "同意"]) >= 3',
    )  # fmt: skip
    script = '<zeebe:script expression="=count(votes[item = &quot;同意&quot;])" '
    return [
        start(), user("vote", io([("=expert.name", "voter")], [("=opinion", "vote")]), votes),
        el("scriptTask", "tally", script + 'resultVariable="yes"/>'),
        gateway("exclusive", "passed", default="passed__e"),
        catch("publicity", timer('="P" + string(days + 2) + "D"')), end(),
    ]  # fmt: skip


FLOWS = [*chain("s", "vote", "tally", "passed", "publicity", "e"), ("passed", "e")]
CONDITION = ("passed", "publicity", '=yes >= 3 and level = "高级"')


def test_a_committee_votes_until_three_agree(feel: Feel) -> None:
    flows = [ends for ends in FLOWS if ends != ("passed", "publicity")]
    experts = [{"name": name} for name in "甲乙丙丁戊"]
    driver = Driver(
        definition(committee(), [*flows, CONDITION]), FeelHost(feel),
        {"experts": experts, "level": "高级", "days": 3},
    )  # fmt: skip
    assert driver.run.context(driver.named("vote", 2).id)["voter"] == "乙"

    for item, opinion in ((1, "同意"), (2, "反对"), (4, "同意"), (5, "同意")):
        driver.complete("vote", item, opinion=opinion)

    assert (driver.open(), driver.named("publicity").value) == ([], "P5D")
    assert driver.variables["votes"] == ["同意", "反对", None, "同意", "同意"]


def test_a_null_timer_is_an_error_that_names_expression_and_value(feel: Feel) -> None:
    parts = [start(), catch("t", timer("=nothing.days")), end()]

    with pytest.raises(WrongValue) as caught:
        Driver(definition(parts, chain("s", "t", "e")), FeelHost(feel))

    assert caught.value.fields == {"element": "t", "expression": "=nothing.days", "value": "null"}
