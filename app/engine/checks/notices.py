"""Checks of the notices that a package pins: they are there and can be put together.

A parameter that nobody gives would fail when the notice is sent; it is told before publication.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.notifications.composing import NoticeTemplate, spoken_of
from app.engine.bundles import Compiled
from app.engine.checks.finding import Finding, meant
from app.engine.package import NOTICE_FOLDER
from app.engine.situation import Tools
from app.errors import DomainError


def check(compiled: Compiled, tools: Tools) -> list[Finding]:
    """Return what is wrong with the texts of the pinned notices."""
    found: list[Finding] = []
    for notice in compiled.notices.values():
        found += _texts(notice, tools)
    return found


def _texts(notice: NoticeTemplate, tools: Tools) -> Iterator[Finding]:
    where = {"file": f"{NOTICE_FOLDER}/{notice.key}.toml", "element": notice.key}
    told = tools.registry.told
    for channel in sorted(notice.texts):
        try:
            spoken = spoken_of(notice, channel)
        except DomainError as error:
            names = str(error.fields["params"])
            yield Finding.of("check.notice_params", **where, channel=channel, names=names)
            continue
        for name in sorted(spoken - told):
            yield Finding.of("check.notice_name", **where, name=name, meant=meant(name, told))
