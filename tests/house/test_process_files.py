"""The software knows no process: what a procedure is called stands in its folder only."""

from __future__ import annotations

from tests.house.source import ROOT, lines, modules, texts

NO_PROCESSES = {"shared", "calendars", ".camunda"}


def test_no_process_key_stands_in_the_software() -> None:
    keys = {
        folder.name
        for folder in (ROOT / "workflows").iterdir()
        if folder.is_dir() and folder.name not in NO_PROCESSES
    }
    named = [
        f"{module.place(text)} {text.value!r}"
        for module in modules("app")
        for text in texts(module.tree)
        if text.value in keys
    ]

    assert keys, "workflows/ holds no process"
    assert not named, lines(named)
