"""Builds the house and the Flask app; servers and the `flask` command start here."""

from app.cli import register_commands
from app.web import create_app

app = create_app()
register_commands(app)
