"""Imports every module with tables, so that the metadata is whole for migrations and tests."""

from app.db import installation
from app.db.base import Base
from app.domain.accounts import tables as accounts
from app.domain.attachments import tables as attachments
from app.domain.audit import tables as audit
from app.domain.calendar import deadlines
from app.domain.calendar import tables as calendar
from app.domain.cases import tables as cases
from app.domain.certificates import serials
from app.domain.certificates import tables as certificates
from app.domain.collection import tables as collection
from app.domain.integrity import tables as integrity
from app.domain.issuance import tables as issuance
from app.domain.notifications import tables as notifications
from app.domain.organisations import tables as organisations
from app.domain.people import tables as people
from app.domain.publicity import tables as publicity
from app.domain.titles import tables as titles
from app.domain.verification import tables as verification
from app.engine import start_tables as starts
from app.engine import tables as engine
from app.engine.migrating import tables as migrating
from app.engine.operating import tables as operating
from app.engine.signing import tables as signing

MODULES = (
    accounts,
    attachments,
    audit,
    calendar,
    cases,
    certificates,
    collection,
    deadlines,
    engine,
    installation,
    integrity,
    issuance,
    migrating,
    notifications,
    operating,
    organisations,
    people,
    publicity,
    starts,
    serials,
    signing,
    titles,
    verification,
)
metadata = Base.metadata
