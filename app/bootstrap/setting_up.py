"""Setting up a database: tables by migration, reference and demo data, published processes."""

from __future__ import annotations

import csv
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config as Alembic
from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from app.bootstrap.house import House
from app.bootstrap.plans import ROLES, make_plan
from app.config import ROOT
from app.db.installation import DEMO, Installation
from app.db.system_time import system_now
from app.domain.calendar import seed_calendar
from app.domain.seed import DATA, seed_testdata
from app.domain.titles.seeding import seed_title_records
from app.engine.checks import Finding, check_package
from app.engine.package import Package, callers_of, process_keys, read_package
from app.engine.simulation import scenario_files
from app.errors import DefinitionError

SET_UP = "flask db-setup"


def migrate(database: Database) -> None:
    """Bring the tables to the newest version."""
    settings = Alembic()
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    with database.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def is_set_up(database: Database) -> bool:
    """Tell whether this database has been given its kind."""
    with Session(database) as session:
        return session.get(Installation, 1) is not None


def fill(session: Session, *, kind: str, now: datetime, calendars: Path) -> None:
    """Write the kind of the installation and the calendar; a demo gets the test data too."""
    session.add(Installation(id=1, kind=kind, created_at=now, clock_offset_seconds=0.0))
    seed_calendar(session, calendars, now=now)
    if kind == DEMO:
        seed_testdata(session, DATA, now=now)
        with (DATA / "title_records.csv").open(encoding="utf-8-sig", newline="") as file:
            seed_title_records(session, csv.DictReader(file))


def set_up(house: House, *, kind: str) -> None:
    """Migrate and fill a database once; calling it again only migrates."""
    migrate(house.database)
    if not is_set_up(house.database):
        with house.unit_of_work() as session:
            fill(
                session,
                kind=kind,
                now=system_now(),
                calendars=house.config.workflows / "calendars",
            )


def gathered(house: House, key: str) -> tuple[Package, list[Package]]:
    """Return a package as it lies in the designers' folders, and the packages that call it.

    Only what nobody starts depends on its callers; one that cannot be read says so itself.
    """
    workflows, forms = house.config.workflows, house.config.forms
    package = read_package(key, workflows=workflows, forms=forms)
    callers: list[Package] = []
    for caller in () if package.descriptor.starter else callers_of(key, workflows):
        with suppress(DefinitionError):
            callers.append(read_package(caller, workflows=workflows, forms=forms))
    return package, callers


def check_process(house: House, key: str) -> list[Finding]:
    """Check one process package as it lies in the designers' folders."""
    try:
        package, callers = gathered(house, key)
    except DefinitionError as error:
        return [Finding.from_error(error)]
    found = [str(path) for path in scenario_files(house.config.workflows, key)]
    return check_package(package, house.tools, roles=ROLES, scenarios=found, callers=callers)


def publish_process(house: House, key: str, *, published_by: str) -> list[Finding]:
    """Check and publish one process with its dependants; findings mean that nothing was.

    Scenarios are not played: that is `app.scheduler.publishing`.
    """
    plan = make_plan(house, [key])
    if not plan.findings:
        house.engine.publish_together(plan.changes, published_by=published_by)
    return list(plan.findings)


def publish_each(house: House, *, published_by: str = SET_UP) -> dict[str, list[Finding]]:
    """Check and publish every process of the folders; returns the findings of each."""
    keys = process_keys(house.config.workflows)
    return {key: publish_process(house, key, published_by=published_by) for key in keys}


def publish_all(house: House, *, published_by: str = SET_UP) -> list[Finding]:
    """Check and publish every process of the folders; returns all findings."""
    each = publish_each(house, published_by=published_by)
    return [finding for findings in each.values() for finding in findings]
