"""What a package takes of the files that several share: what it names, and nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from app.engine.citing import (
    cited_clauses,
    cited_decisions,
    files_handed_in,
    process_told,
    sent_notices,
)
from app.engine.package import read_package

BOOK = """# 条文

["A-1"]
document = "甲"
text = "第一"

# 说明
["A-1-1"]
document = "乙"
text = "第二"
"""


def table(name: str, says: str = "") -> str:
    """Return a file with one decision."""
    return f'<dmn:decision id="{name}" name="表"><text>{says}</text></dmn:decision>'


def test_tables_are_taken_by_the_names_of_their_decisions() -> None:
    shared = {"a": table("gate", says="other.days"), "b": table("other"), "c": table("gates")}

    assert list(cited_decisions(['value="gate"'], shared)) == ["a", "b"]


def test_table_that_cannot_be_read_is_taken_so_that_somebody_is_told() -> None:
    assert list(cited_decisions(["nothing"], {"broken": "<definitions"})) == ["broken"]


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ('<zeebe:header key="template" value="N05" />', {"N05"}),
        ("<zeebe:header value='N05' key='template'/>", {"N05"}),
        ('<zeebe:input source="=&#34;N06&#34;" target="template" />', {"N06"}),
        (
            '<zeebe:input source="=if a > 1 then &quot;N05&quot; else &quot;N06&quot;"'
            ' target="template" />',
            {"N05", "N06"},
        ),
        ('<zeebe:header key="template" value="=word" />', set()),
        ('<zeebe:header key="template" value="../N05" />', set()),
        ('<zeebe:header key="to" value="N05" />', set()),
    ],
)
def test_notices_are_taken_by_the_names_that_elements_send(tag: str, found: set[str]) -> None:
    assert sent_notices(f"<bpmn:task>{tag}</bpmn:task>") == found


@pytest.mark.parametrize(
    ("said", "keys"), [("A-1", ["A-1"]), ("A-1-1", ["A-1-1"]), ("A-1 A-1-1", ["A-1", "A-1-1"])]
)
def test_clauses_are_taken_section_by_section(said: str, keys: list[str]) -> None:
    taken = cited_clauses(BOOK, tomllib.loads(BOOK), [said])

    assert list(tomllib.loads(taken)) == keys
    assert cited_clauses(taken, tomllib.loads(taken), [said]) == taken


def test_clauses_that_nobody_names_are_left() -> None:
    assert cited_clauses(BOOK, tomllib.loads(BOOK), ["B-1"]) == ""


def test_book_that_does_not_fall_into_sections_is_taken_whole() -> None:
    book = '["A-1"]\ntext = """\n[注] 见上\n"""\n'

    assert cited_clauses(book, tomllib.loads(book), ["A-1"]) == book


def test_scenario_names_its_process_and_its_files() -> None:
    told = "name: x\nprocess: lent_book\nwith: {photo: {file: a.jpg}, b: [{file: ../../c/d.pdf}]}"

    assert process_told(told) == "lent_book"
    assert process_told("name: x") == ""
    assert files_handed_in(told) == ["a.jpg", "../../c/d.pdf"]


def test_package_takes_the_scenarios_that_prove_it_wherever_they_lie(tmp_path: Path) -> None:
    files = {
        "workflows/desk/process.toml": 'key = "desk"\ntitle = "桌"',
        "workflows/desk/desk.bpmn": '<bpmn:process id="desk">',
        "workflows/desk/scenarios/own.yaml": "with: {file: ../../other/scenarios/a.jpg}",
        "workflows/other/scenarios/foreign.yaml": "process: desk\nwith: {file: b.jpg}",
        "workflows/other/scenarios/of_others.yaml": "name: x",
        "workflows/other/scenarios/a.jpg": "a",
        "workflows/other/scenarios/b.jpg": "b",
        "secret.txt": "x",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    escaping = tmp_path / "workflows/desk/scenarios/escaping.yaml"
    escaping.write_text("with: {file: ../../../secret.txt}", encoding="utf-8")

    package = read_package("desk", workflows=tmp_path / "workflows", forms=tmp_path / "forms")

    assert sorted(path.rpartition("/")[2] for path in package.scenarios) == [
        "a.jpg", "b.jpg", "escaping.yaml", "foreign.yaml", "own.yaml",
    ]  # fmt: skip
