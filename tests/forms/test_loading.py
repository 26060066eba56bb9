from __future__ import annotations

import json
from typing import Any

import pytest

from app.errors import DefinitionError
from app.forms import load_form
from tests.forms.building import ROOT, everything, field, form_of

CHOICE = {"values": [{"label": "是", "value": "Y"}]}


def refusal(*components: dict[str, Any]) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        form_of(*components)
    return caught.value


@pytest.mark.parametrize(
    ("code", "component"),
    [
        ("form.type_unknown", {"type": "html", "id": "a"}),
        ("form.type_unknown", {"type": "button", "id": "a"}),
        ("form.key_missing", {"type": "textfield", "label": "a"}),
        ("form.key_invalid", field("textfield", "9-a")),
        ("form.key_reserved", field("textfield", "typename")),
        ("form.key_reserved", field("textfield", "actor")),
        ("form.key_reserved", field("textfield", "form_pattern_0")),
        ("form.label_missing", {"type": "textfield", "key": "a"}),
        ("form.label_missing", {"type": "group", "components": [field("textfield")]}),
        ("form.kind_unknown", field("textfield", properties={"kind": "seal"})),
        ("form.entry_unknown", field("textfield", properties={"sensitve": True})),
        ("form.entry_unknown", field("number", validate={"minLength": 3})),
        ("form.entry_unknown", field("textfield", conditional={"show": "=a"})),
        ("form.expression", field("textfield", conditional={"hide": "a = 1"})),
        ("form.expression", field("textfield", conditional={"hide": "="})),
        ("form.expression", field("textfield", conditional={"hide": '=a = "b'})),
        ("form.expression", field("textfield", conditional={"hide": "=f(a"})),
        ("form.expression", field("textfield", conditional={"hide": "=if a then"})),
        ("form.expression", field("textfield", properties={"prefill": "person.name"})),
        ("form.always_sensitive", field("textarea", properties={"sensitive": False})),
        (
            "form.always_sensitive",
            field("textfield", properties={"kind": "id_number", "sensitive": "false"}),
        ),
        ("form.signature_preset", field("checkbox", readonly=True, properties={"kind": "seal"})),
        (
            "form.signature_preset",
            field("checkbox", defaultValue=True, properties={"kind": "signature"}),
        ),
        ("form.pattern", field("textfield", validate={"pattern": "(["})),
        ("form.validation_type", field("textfield", validate={"validationType": "iban"})),
        ("form.subtype", field("datetime", subtype="week")),
        (
            "form.time_format",
            field("datetime", subtype="time", timeSerializingFormat="utc_normalized"),
        ),
        ("form.time_interval", field("datetime", subtype="time", timeInterval=7)),
        ("form.time_interval", field("datetime", subtype="datetime", timeInterval=0)),
        ("form.values_missing", field("taglist")),
        (
            "form.image_source",
            {"type": "image", "id": "i", "source": "https://example.org/a.png", "alt": "图"},
        ),
        (
            "form.image_source",
            {"type": "image", "id": "i", "source": "//example.org/a.png", "alt": "图"},
        ),
        (
            "form.image_source",
            {"type": "image", "id": "i", "source": "/static/../secret.png", "alt": "图"},
        ),
        (
            "form.image_source",
            {"type": "image", "id": "i", "source": "/static/seal.svg", "alt": "图"},
        ),
        (
            "form.image_source",
            {
                "type": "image",
                "id": "i",
                "source": "data:image/svg+xml;base64,PHN2Zz4=",
                "alt": "图",
            },
        ),
        (
            "form.image_source",
            {"type": "image", "id": "i", "source": "data:image/png;base64,PHN2Zz4=", "alt": "图"},
        ),
        (
            "form.image_source",
            {"type": "image", "id": "i", "source": "data:image/png;base64,abc", "alt": "图"},
        ),
        (
            "form.no_expression_here",
            {"type": "image", "id": "i", "source": "=picture", "alt": "图"},
        ),
        ("form.image_alt", {"type": "image", "id": "i", "source": "/static/dist/seal.png"}),
        ("form.documents_missing", {"type": "documentPreview", "id": "d", "label": "材料"}),
        ("form.label_missing", {"type": "documentPreview", "id": "d", "dataSource": "=documents"}),
        ("form.values_missing", field("select")),
        ("form.value_twice", field("radio", values=CHOICE["values"] * 2)),
        ("form.value_missing", field("radio", values=[{"label": "x"}])),
        ("form.list_missing", field("radio", properties={"kind": "code_list"})),
        ("form.series_missing", field("select", properties={"kind": "title_of_series"})),
        (
            "form.reference_unknown",
            field("select", properties={"kind": "title_of_series", "series": "nowhere"}),
        ),
        ("form.accept", field("filepicker", accept=".exe")),
        ("form.max_bytes", field("filepicker", properties={"max_bytes": 0})),
        ("form.not_whole", field("filepicker", properties={"max_bytes": "5MB"})),
        ("form.not_flag", field("textfield", validate={"required": "yes"})),
        ("form.not_number", field("number", validate={"min": "five"})),
        ("form.not_text", field("textfield", description=7)),
        ("form.not_object", field("textfield", properties=[])),
        ("form.no_expression_here", field("textfield", label="=person.name")),
        ("form.expression_missing", {"type": "expression", "key": "a"}),
        (
            "form.prefill_here",
            {"type": "expression", "key": "a", "expression": "=1", "properties": {"prefill": "=2"}},
        ),
        ("form.text_missing", {"type": "text", "id": "t"}),
        ("form.template_block", {"type": "text", "text": "{{#if a}}x{{/if}}"}),
        ("form.table_incomplete", {"type": "table", "id": "t", "dataSource": "=a"}),
        ("form.no_container", field("textfield", components=[field("textfield", "b")])),
        ("form.container_empty", {"type": "group", "label": "组", "components": []}),
        ("form.group_path", {"type": "group", "label": "组", "path": "x", "components": []}),
        ("form.not_objects", {"type": "group", "label": "组", "components": ["x"]}),
    ],
)
def test_designers_mistake_is_refused(code: str, component: dict[str, Any]) -> None:
    refused = refusal(component)

    assert refused.code == code
    assert refused.file == "forms/test.form"
    assert refused.element


@pytest.mark.parametrize(
    ("code", "inner", "properties"),
    [
        ("form.list_in_list", {"type": "dynamiclist", "path": "b", "label": "b"}, {}),
        ("form.prefill_in_list", field("textfield", properties={"prefill": "=1"}), {}),
        ("form.values_in_list_text", {"type": "text", "text": "{{a}}"}, {}),
        (
            "form.values_in_list_text",
            {"type": "documentPreview", "label": "材料", "dataSource": "=documents"},
            {},
        ),
        ("form.rows", field("textfield"), {"min_rows": 3, "max_rows": 2}),
    ],
)
def test_mistake_in_a_list_is_refused(
    code: str, inner: dict[str, Any], properties: dict[str, Any]
) -> None:
    if inner["type"] == "dynamiclist":
        inner = {**inner, "components": [field("textfield", "c")]}
    rows = [inner, field("textfield", "other")]

    refused = refusal(
        {"type": "dynamiclist", "path": "rows", "label": "行", "components": rows,
         "properties": properties}
    )  # fmt: skip

    assert refused.code == code


def test_duplicate_key_is_refused_also_inside_a_group() -> None:
    group = {"type": "group", "label": "组", "components": [field("textfield", "same")]}

    refused = refusal(field("textfield", "same"), group)

    assert (refused.code, refused.element) == ("form.key_twice", "same")


def test_deep_nesting_is_refused() -> None:
    component: dict[str, Any] = field("textfield")
    for _ in range(7):
        component = {"type": "group", "label": "组", "components": [component]}

    assert refusal(component).code == "form.too_deep"


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("form.not_json", b"{"),
        ("form.not_json", b"\xff\xfe"),
        ("form.not_json", b"[" * 100_000),
        ("form.not_a_form", b"[]"),
        ("form.file_too_big", b" " * 300_000),
        ("form.id_missing", b'{"components": []}'),
        ("form.no_components", b'{"id": "a", "components": []}'),
        ("form.not_default", b'{"id": "a", "type": "other", "components": []}'),
        (
            "form.too_many_components",
            json.dumps({"id": "a", "components": [{"type": "spacer"}] * 401}).encode(),
        ),
    ],
)
def test_bad_file_is_refused(code: str, data: bytes) -> None:
    with pytest.raises(DefinitionError) as caught:
        load_form(data, "forms/x.form")

    assert caught.value.code == code


def test_sensitive_fields_never_become_variables() -> None:
    form = everything()

    assert form.variable_keys() == {
        "unit", "credit_code", "document", "tracking", "hours", "score", "granted_on", "series",
        "title", "office", "origin", "former_unit", "ways", "contact_post", "consent",
        "work_history", "work_count", "meeting_at", "office_time", "topics",
    }  # fmt: skip


def test_sensitivity_spreads_to_lists_and_computed_values() -> None:
    person = field("textfield", "person_name_of", properties={"kind": "person_name"})
    form = form_of(
        {"type": "dynamiclist", "path": "people", "label": "人员", "components": [person]},
        {"type": "expression", "key": "first", "expression": "=people[1].person_name_of"},
        {"type": "expression", "key": "again", "expression": "=first"},
        {"type": "expression", "key": "harmless", "expression": "=1 + 1"},
    )

    assert form.variable_keys() == {"harmless"}


def test_every_expression_is_listed_with_its_place() -> None:
    found = set(everything().expressions())

    assert ("granted_on", "properties.not_after", "=today") in found
    assert ("intro", "text", "=person.name") in found
    assert ("where", "conditional.hide", "=not(abroad)") in found


@pytest.mark.parametrize("path", sorted((ROOT / "forms").rglob("*.form")), ids=lambda p: p.stem)
def test_form_of_the_house_loads(path: Any) -> None:
    assert load_form(path.read_bytes(), path.name).fields
