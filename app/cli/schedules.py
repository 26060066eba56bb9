"""What `flask calendar load` prints: what would change before, what has changed afterwards."""

from __future__ import annotations

from typing import Any

from app.clock import local
from app.domain.calendar import DayChange
from app.domain.calendar.wording import day_text, end_text
from app.domain.codes import region_name
from app.engine.affected import Affected, Preview, Telling
from app.engine.calendar_verbs import Followed
from app.messages import message


def preview_data(found: Preview) -> dict[str, Any]:
    """Return a preview as JSON has it."""
    return {
        "new": found.new,
        "days": [{**vars(day), "day": day.day.isoformat()} for day in found.days],
        "deadlines": [_deadline(one) for one in found.affected],
        "moved": len(found.moved),
        "confirmed": found.confirmed,
        "staying": found.staying,
        "open": found.open,
    }


def _deadline(one: Affected) -> dict[str, Any]:
    change = one.change
    return {
        "case_no": one.case_no,
        "what": one.what,
        "kind": change.kind,
        "region": change.region,
        "old_end": local(change.old_due_at).isoformat(),
        "new_end": local(change.new_due_at).isoformat(),
        "days": change.days,
        "moved": change.moved,
        "announced": change.announced,
        "held": change.held,
        "provisional_before": change.was_provisional,
        "provisional_after": change.provisional,
        "told": [{"to": who.words, "notice": who.template} for who in one.told],
    }


def preview_lines(found: Preview) -> list[str]:
    """Return a preview as people read it."""
    if not found.new:
        return [message("schedule.nothing_new")]
    lines = [message("schedule.days_changed", days=len(found.days)), *map(_day, found.days)]
    lines.append(message("schedule.ends_moved", moved=len(found.moved)))
    lines += [line for one in found.moved for line in _lines(one)]
    lines.append(message("schedule.ends_stay", staying=found.staying, confirmed=found.confirmed))
    return lines


def _day(day: DayChange) -> str:
    code = "schedule.day_works" if day.works else "schedule.day_off"
    place = region_name(day.region) if day.region else message("schedule.whole_country")
    return message(code, day=day_text(day.day), place=place, name=day.name)


def _lines(one: Affected) -> list[str]:
    change = one.change
    end = message(
        "schedule.end_line", case_no=one.case_no, what=one.what, region=region_name(change.region),
        old=end_text(change.old_due_at), new=end_text(change.new_due_at), days=f"{change.days:+d}",
    )  # fmt: skip
    told = [told_words(who) for who in one.told]
    return [end, message("schedule.told_line", told=told or [message("schedule.told_nobody")])]


def told_words(who: Telling) -> str:
    """Return who is told and how."""
    code = "schedule.told_by_sms" if who.to_applicant else "schedule.told_in_inbox"
    return message(code, name=who.words)


def loaded_data(number: int | None, followed: Followed) -> dict[str, Any]:
    """Return what was done as JSON has it."""
    return {"version": number, **vars(followed)}


def loaded_lines(number: int | None, followed: Followed) -> list[str]:
    """Return what was done as people read it."""
    first = "schedule.nothing_new" if number is None else "schedule.loaded"
    done = message("schedule.followed", moved=followed.moved, instances=followed.instances)
    return [message(first, number=number), done]
