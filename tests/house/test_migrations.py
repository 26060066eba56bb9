"""The migrations are one line from the first to the last, and end at the tables of the models."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from app.bootstrap.models import metadata
from tools.check_migrations import heads


def test_there_is_exactly_one_head() -> None:
    assert len(heads()) == 1


def test_migrated_tables_are_those_of_the_models(database: Engine) -> None:
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)

    assert differences == []
