"""Files that cannot be read at all: one finding with file, element and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap.setting_up import ROLES
from app.engine.checks import check_package
from app.engine.package import Package, process_keys, read_descriptor, read_package
from app.errors import DefinitionError
from app.messages import sentence
from tests.engine.checks.editing import CHECK_FORM, CLAUSES, DRAWING, RULES, Draft

OTHER_RULES = "workflows/reading_room/other.dmn"
END = '<bpmn:endEvent id="refused" name="不同意">'
BROKEN = [
    # drawings
    ("definition.not_xml", DRAWING, "", "</bpmn:definitions>", ""),
    ("definition.not_bpmn", DRAWING, "", "bpmn:definitions", "bpmn:diagram"),
    (
        "definition.doctype",
        DRAWING,
        "",
        "<bpmn:definitions",
        '<!DOCTYPE x [<!ENTITY a "b">]><bpmn:definitions',
    ),
    (
        "definition.process_missing",
        DRAWING,
        "reading_room",
        'id="reading_room"',
        'id="reading_rom"',
    ),
    (
        "definition.task_type_missing",
        DRAWING,
        "reserve_book",
        '<zeebe:taskDefinition type="shelf.reserve" retries="3" />',
        "",
    ),
    ("definition.condition_missing", DRAWING, "is_agreed", ' default="not_agreed"', ""),
    ("definition.flow_ends", DRAWING, "agreed", 'targetRef="both_begin"', 'targetRef="nowhere"'),
    ("definition.signal", DRAWING, "refused", END, END + "<bpmn:signalEventDefinition />"),
    (
        "definition.unknown_extension",
        DRAWING,
        "check_application",
        "<zeebe:userTask />",
        "<zeebe:robotTask />",
    ),
    (
        "definition.call_unknown",
        DRAWING,
        "reserve_book",
        '<bpmn:serviceTask id="reserve_book" name="预留图书">',
        '<bpmn:callActivity id="reserve_book" name="预留图书">',
    ),
    ("definition.decision_missing", DRAWING, "determine_period", 'resultVariable="period"', ""),
    # rules
    ("decisions.no_xml", RULES, "", "</definitions>", ""),
    (
        "decisions.no_dmn",
        RULES,
        "",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://example.org/",
    ),
    ("decisions.hit_policy", RULES, "lending_period", 'hitPolicy="UNIQUE"', 'hitPolicy="LAST"'),
    ("decisions.no_ranking", RULES, "lending_period", 'hitPolicy="UNIQUE"', 'hitPolicy="PRIORITY"'),
    (
        "decisions.cells",
        RULES,
        "room_shut",
        '<inputEntry id="room_shut_i0"><text>false</text></inputEntry>',
        "",
    ),
    ("decisions.no_input_expression", RULES, "", "<text>room.open</text>", "<text></text>"),
    # forms
    ("form.not_json", CHECK_FORM, "", "{", ""),
    ("form.id_missing", CHECK_FORM, "", '"id": "check",', ""),
    ("form.type_unknown", CHECK_FORM, "opinion", '"type": "textarea"', '"type": "essay"'),
    ("form.key_twice", CHECK_FORM, "", '"key": "opinion"', '"key": "outcome"'),
    ("form.entry_unknown", CHECK_FORM, "opinion", '"minLength"', '"shortest"'),
    (
        "form.kind_unknown",
        CHECK_FORM,
        "seen_number",
        '"kind": "id_number"',
        '"kind": "pass_number"',
    ),
    # clauses
    ("package.legal_basis_toml", CLAUSES, "", "[", "[["),
]


@pytest.mark.parametrize(
    ("code", "file", "element", "old", "new"), BROKEN, ids=[b[0] for b in BROKEN]
)
def test_unreadable_file_is_the_only_finding(
    good: Draft, code: str, file: str, element: str, old: str, new: str
) -> None:
    edited = good.edited(old, new, file, everywhere=old == "bpmn:definitions")
    if code == "definition.call_unknown":
        edited = edited.edited("</bpmn:serviceTask>", "</bpmn:callActivity>").edited(
            '<zeebe:taskDefinition type="shelf.reserve" retries="3" />',
            '<zeebe:calledElement processId="nobody" />',
        )

    [finding] = edited.check()

    assert (finding.code, finding.file) == (code, file)
    if element:
        assert finding.element == element
    assert finding.sentence
    assert "{reason}" not in finding.sentence


def test_decision_defined_in_two_files(good: Draft) -> None:
    rules = good.package.files[RULES]
    files = {**good.package.files, OTHER_RULES: rules}
    package = Package(good.package.key, files, good.package.descriptor)

    [finding] = check_package(package, good.tools, roles=ROLES, scenarios=["x"])

    assert finding.code == "package.decision_twice"
    assert finding.element in rules


def test_form_left_out_is_found_by_its_name(good: Draft) -> None:
    [finding] = good.without(CHECK_FORM).check()

    assert (finding.code, finding.element) == ("check.form_missing", "check_application")
    assert CHECK_FORM in finding.sentence


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("key = ", "package.descriptor_toml", "process.toml"),
        ('key = "x"\ntitle = "标题"\nstartr = "R-PERS"', "package.descriptor_unknown", "startr"),
        ('key = "x"', "package.descriptor_missing", "title"),
        ("title = '标题'\nkey = 7", "package.descriptor_missing", "key"),
    ],
)
def test_wrong_descriptor_is_named(text: str, code: str, named: str) -> None:
    with pytest.raises(DefinitionError) as wrong:
        read_descriptor(text, "workflows/x/process.toml")

    assert wrong.value.code == code
    assert named in sentence(wrong.value)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Empty designers' folders."""
    for name in ("workflows/x", "forms"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path / "workflows", tmp_path / "forms"


def code_of(folders: tuple[Path, Path]) -> str:
    """Return why a package cannot be read."""
    with pytest.raises(DefinitionError) as wrong:
        read_package("x", workflows=folders[0], forms=folders[1])
    assert sentence(wrong.value)
    return wrong.value.code


def test_folder_without_descriptor(folders: tuple[Path, Path]) -> None:
    assert code_of(folders) == "package.not_found"


def test_descriptor_of_another_folder(folders: tuple[Path, Path]) -> None:
    (folders[0] / "x/process.toml").write_text('key = "y"\ntitle = "标题"', "utf-8")

    assert code_of(folders) == "package.key_differs"


def test_folder_without_drawing(folders: tuple[Path, Path]) -> None:
    (folders[0] / "x/process.toml").write_text('key = "x"\ntitle = "标题"', "utf-8")

    assert code_of(folders) == "package.no_bpmn"


def test_file_that_is_no_utf8(folders: tuple[Path, Path]) -> None:
    (folders[0] / "x/process.toml").write_bytes('key = "x"\ntitle = "标题"'.encode("gb18030"))

    assert code_of(folders) == "package.not_utf8"


def test_folders_without_descriptor_are_no_processes(folders: tuple[Path, Path]) -> None:
    (folders[0] / "shared").mkdir()
    (folders[0] / "shared/process.toml").touch()

    assert process_keys(folders[0]) == []
