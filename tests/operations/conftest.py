"""Houses of their own for the tests of this folder."""

from tests.engine.house_fixtures import (
    house_feel as house_feel,
)
from tests.engine.house_fixtures import (
    postgresql_stage as postgresql_stage,
)
from tests.engine.house_fixtures import (
    sqlite_stage as sqlite_stage,
)
from tests.engine.house_fixtures import (
    stage as stage,
)
