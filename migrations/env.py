"""Alembic's entry: migrations run on the connection of the house, or on the configured database."""

from alembic import context
from sqlalchemy import create_engine

from app.bootstrap.models import metadata
from app.config import read_config


def run(connection):
    """Run the migrations on a connection; SQLite alters tables by copying them."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(read_config().database_url).connect() as connection:
        run(connection)
