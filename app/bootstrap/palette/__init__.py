"""The designers' palette: element templates for the Camunda Modeler, generated from the house.

Operations, roles, facts, code lists and the properties of the house become templates with Chinese
labels. They lie in `.camunda/element-templates` beside the drawings, where the Modeler looks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.bootstrap.palette import events, people, work
from app.bootstrap.palette.sources import read_sources
from app.engine.registry import Registry

FOLDER = Path(".camunda") / "element-templates"
Template = dict[str, Any]


def palette(workflows: Path, registry: Registry) -> dict[str, list[Template]]:
    """Return the templates by the file in which they are kept."""
    sources = read_sources(workflows, registry)
    return {
        "operations.json": work.operations(sources),
        "people.json": people.user_tasks(sources),
        "rules.json": work.rules(sources),
        "events.json": events.events(sources),
    }


def written(found: dict[str, list[Template]]) -> dict[str, str]:
    """Return the files' texts."""
    return {
        name: json.dumps(templates, ensure_ascii=False, indent=1) + "\n"
        for name, templates in found.items()
    }
