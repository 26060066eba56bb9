"""The Flask shell: pages for staff, applicants and the public, and the API beside them."""

from app.web.application import create_app

__all__ = ["create_app"]
