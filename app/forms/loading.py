"""Reads a Camunda form file into a `Form`, or refuses it with file, component and reason.

Everything the platform would not honour is refused here, so that a designer never believes in a
setting that has no effect.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from app.errors import AppError, DefinitionError
from app.forms.components import (
    TYPES,
    Component,
    DocumentPreview,
    DynamicList,
    Field,
    Group,
    Table,
    Text,
)
from app.forms.form import Form, walk
from app.forms.node import Node

LARGEST = 256 * 1024
MOST_COMPONENTS = 400
DEEPEST = 5
CONTAINERS = (Group, DynamicList)

Analyse = Callable[[str], Any]


def load_form(data: bytes, file: str, *, analyse: Analyse | None = None) -> Form:
    """Parse a form file; `analyse` lets FEEL judge each expression (without the equals sign)."""
    root = _read(data, file)
    form_id = root.text("id")
    if not form_id:
        raise root.refusal("form.id_missing")
    if root.data.get("type", "default") != "default":
        raise root.refusal("form.not_default", type=root.data["type"])
    nodes = root.objects("components")
    if not nodes:
        raise root.refusal("form.no_components")
    _check_count(root, nodes)
    form = Form(form_id, file, tuple(_component(node) for node in nodes))
    _check_keys(form)
    if analyse is not None:
        _check_expressions(form, analyse)
    return form


def _read(data: bytes, file: str) -> Node:
    if len(data) > LARGEST:
        raise DefinitionError("form.file_too_big", file=file, most=LARGEST // 1024)
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DefinitionError("form.not_json", file=file, reason=str(error)) from error
    if not isinstance(content, dict):
        raise DefinitionError("form.not_a_form", file=file)
    return Node(content, file)


def _check_count(root: Node, nodes: Iterable[Node]) -> None:
    waiting, count = list(nodes), 0
    while waiting:
        node = waiting.pop()
        count += 1
        if count > MOST_COMPONENTS:
            raise root.refusal("form.too_many_components", most=MOST_COMPONENTS)
        if node.depth > DEEPEST:
            raise node.refusal("form.too_deep", most=DEEPEST)
        waiting += node.objects("components")


def _component(node: Node) -> Component:
    name = node.data.get("type")
    if not isinstance(name, str) or name not in TYPES:
        raise node.refusal("form.type_unknown", type=str(name), known="、".join(sorted(TYPES)))
    component = TYPES[name].parse(node)
    inner = node.objects("components")
    if not isinstance(component, CONTAINERS):
        if inner:
            raise node.refusal("form.no_container", type=name)
        return component
    if not inner:
        raise node.refusal("form.container_empty")
    component = replace(component, components=tuple(_component(child) for child in inner))
    if isinstance(component, DynamicList):
        _check_row(node, component)
    return component


def _check_row(node: Node, component: DynamicList) -> None:
    if not component.fields:
        raise node.refusal("form.container_empty")
    for field in component.fields:
        if isinstance(field, DynamicList):
            raise node.refusal("form.list_in_list", key=field.key)
        if field.prefill:
            raise node.refusal("form.prefill_in_list", key=field.key)
    looked_up = (Table, DocumentPreview)
    if any(isinstance(item, looked_up) or _has_gaps(item) for item in walk(component.components)):
        raise node.refusal("form.values_in_list_text")
    _check_unique(component.fields, node.file)


def _has_gaps(component: Component) -> bool:
    return isinstance(component, Text) and bool(component.parts())


def _check_keys(form: Form) -> None:
    _check_unique(form.fields, form.file)
    known = form.keys()
    for field in form.fields:
        for reference in dict(getattr(field, "depends_on", None) or {}).values():
            if reference not in known:
                raise DefinitionError(
                    "form.reference_unknown", file=form.file, element=field.element, key=reference
                )


def _check_unique(fields: Iterable[Field], file: str) -> None:
    seen: set[str] = set()
    for field in fields:
        if field.key in seen:
            raise DefinitionError("form.key_twice", file=file, element=field.element, key=field.key)
        seen.add(field.key)


def _check_expressions(form: Form, analyse: Analyse) -> None:
    for element, attribute, expression in form.expressions():
        try:
            analyse(expression[1:])
        except AppError as error:
            raise DefinitionError(
                "form.expression",
                file=form.file,
                element=element,
                name=attribute,
                expression=expression,
                reason=str(error.fields.get("reason", error)),
            ) from error
