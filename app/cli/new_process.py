"""Writing the files of a new procedure: start form, a review, a confirmation; ready to run."""

from __future__ import annotations

import re
from pathlib import Path

from app.config import ROOT
from app.errors import DefinitionError

KEY = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
SOURCE = ROOT / "templates" / "new_process"
PLACES = {
    "process.bpmn": "workflows/{key}/{key}.bpmn",
    "process.toml": "workflows/{key}/process.toml",
    "accepted.yaml": "workflows/{key}/scenarios/accepted.yaml",
    "refused.yaml": "workflows/{key}/scenarios/refused.yaml",
    "application.form": "forms/{key}/application.form",
    "confirmation.form": "forms/{key}/confirmation.form",
}


def write_new_process(key: str, *, workflows: Path, forms: Path) -> list[Path]:
    """Write the files and return their paths; nothing is written over."""
    if not KEY.match(key):
        raise DefinitionError("new_process.bad_key", file=f"workflows/{key}", key=key)
    if (workflows / key).exists() or (forms / key).exists():
        raise DefinitionError("new_process.exists", file=f"workflows/{key}", key=key)
    written = []
    for name, place in PLACES.items():
        root = workflows.parent if place.startswith("workflows/") else forms.parent
        path = root / place.format(key=key)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = (SOURCE / name).read_text(encoding="utf-8").replace("__KEY__", key)
        path.write_text(content, encoding="utf-8")
        written.append(path)
    return written
