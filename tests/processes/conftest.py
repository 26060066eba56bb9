from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.decisions import decide, parse_decisions
from app.feel import shared

WORKFLOWS = Path(__file__).parents[2] / "workflows"

Decide = Callable[..., Any]


@pytest.fixture(scope="session")
def take() -> Decide:
    """Take a decision of the designers' files: `take("carrier_scope", scope={...})`."""
    known = {
        decision.id: decision
        for path in sorted(WORKFLOWS.glob("*/*.dmn"))
        for decision in parse_decisions(path.read_bytes(), path.name)
    }

    def taken(name: str, **context: Any) -> Any:
        return decide(shared(), known[name], context).output

    return taken
