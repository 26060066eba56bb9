"""The `flask` commands; every one takes `--json`, exits with 1 on failure, complains on stderr."""

from flask import Flask

from app.cli import calendar, database, demo, docs, operate, process, rules, trace, worker


def register_commands(app: Flask) -> None:
    """Add all command groups to the app."""
    for module in (calendar, database, demo, docs, operate, process, rules, trace, worker):
        module.register(app)
