"""The tables of the schedules: numbered versions, each adding days to the versions before it.

A version is never changed. The calendar at version N is made of the rows of versions 1 to N, where
a later row for the same day, region and kind replaces an earlier one.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id
from app.domain.calendar.law import DayRule, Source

OFF, WORK = "off", "work"


class CalendarVersion(Base):
    """One loading of schedules, by whom and from what; open deadlines follow it step by step."""

    __tablename__ = "calendar_version"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    label: Mapped[str]
    source: Mapped[str]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str]
    followed_at: Mapped[datetime | None]


class CalendarDay(Base):
    """A day that a schedule declares off or worked; no region means the whole country."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        CheckConstraint(f"day_type IN ('{OFF}', '{WORK}')", name="day_type"),
        CheckConstraint("kind IN ('override', 'regional', 'national')", name="kind"),
        Index("ix_calendar_day_version", "version_id", "day"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    version_id: Mapped[str] = mapped_column(ForeignKey("calendar_version.id"))
    region: Mapped[str | None] = mapped_column(String(6))
    day: Mapped[date]
    day_type: Mapped[str] = mapped_column(String(4))
    name: Mapped[str]
    basis: Mapped[str]
    kind: Mapped[str] = mapped_column(String(8))
    confidence: Mapped[str] = mapped_column(String(1), default="")

    @property
    def rule(self) -> DayRule:
        """The row as a value."""
        works = self.day_type == WORK
        kind = Source(self.kind)
        return DayRule(self.region, self.day, works, self.name, self.basis, kind, self.confidence)

    @classmethod
    def of(cls, rule: DayRule, version_id: str) -> CalendarDay:
        """Make the row of a value."""
        return cls(
            version_id=version_id,
            region=rule.region,
            day=rule.day,
            day_type=WORK if rule.works else OFF,
            name=rule.name,
            basis=rule.basis,
            kind=rule.kind.value,
            confidence=rule.confidence,
        )
