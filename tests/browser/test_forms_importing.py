"""Every form of the house opens in form-js, the viewer that designers' tools carry.

It is loaded from the packages of the front end; a page of its own, without the application.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
VIEWER = ROOT / "app/web/assets/node_modules/@bpmn-io/form-js/dist/form-viewer.umd.js"
PLACES = ("forms/**/*.form", "templates/new_process/*.form", "tests/forms/*.form")
FORMS = sorted(str(path.relative_to(ROOT)) for place in PLACES for path in ROOT.glob(place))
IMPORT = """async schema => {
  const form = new FormViewer.Form({ container: document.getElementById('form') });
  const { warnings } = await form.importSchema(schema, {});
  const shown = document.querySelectorAll('.fjs-form-field').length;

  return { warnings: warnings.map(String), shown };
}"""
CREATE = "document.body.innerHTML = '<div id=form></div>'"


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """A page with form-js and nothing else."""
    page = browser.new_page()
    page.add_script_tag(path=VIEWER)
    yield page
    page.close()


def imported(page: Page, schema: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what the import says, and the faults on the way."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: said.type in ("error", "warning") and faults.append(said.text))
    page.evaluate(CREATE)
    found = page.evaluate(IMPORT, schema)
    return found, faults


def test_there_are_forms_of_every_kind() -> None:
    assert "tests/forms/everything.form" in FORMS
    assert {path.split("/")[0] for path in FORMS} == {"forms", "templates", "tests"}


@pytest.mark.parametrize("path", FORMS)
def test_form_opens_in_form_js_without_a_warning(blank: Page, path: str) -> None:
    schema = json.loads((ROOT / path).read_text(encoding="utf-8"))

    found, faults = imported(blank, schema)

    assert found["warnings"] == []
    assert faults == []
    assert found["shown"] > 0


def test_unknown_component_would_be_noticed(blank: Page) -> None:
    schema = {"type": "default", "id": "x", "components": [{"type": "seal", "id": "a", "key": "a"}]}

    with pytest.raises(Exception, match="form field of type <seal> not supported"):
        imported(blank, schema)
