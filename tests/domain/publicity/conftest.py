"""The session of the title tests: an empty database in memory."""

from tests.domain.titles.conftest import session as session
