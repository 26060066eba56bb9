"""Who may call a route: every view says it by a decorator, and one without is never served.

`public` routes need nobody, `signed_in` ones somebody, `role_needed` one of some roles. What a
person may see within a page is `app.domain.access`'s to answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "access_rule"


@dataclass(frozen=True)
class Rule:
    """A route's condition; no roles means that anybody signed in may call it."""

    public: bool = False
    roles: frozenset[str] = frozenset()
    demo_only: bool = False


def _mark(rule: Rule) -> Callable[[View], View]:
    def keep(view: View) -> View:
        setattr(view, ATTRIBUTE, rule)
        return view

    return keep


def public(view: View) -> View:
    """Let anybody call this route."""
    return _mark(Rule(public=True))(view)


def signed_in(view: View) -> View:
    """Let everybody who is signed in call this route."""
    return _mark(Rule())(view)


def role_needed(*roles: str) -> Callable[[View], View]:
    """Let holders of one of these roles call this route."""
    return _mark(Rule(roles=frozenset(roles)))


def demo(view: View) -> View:
    """Let anybody call this route, in a demo installation only."""
    return _mark(Rule(public=True, demo_only=True))(view)


def rule_of(view: Callable[..., Any]) -> Rule | None:
    """Return a view's rule, or None when it has none."""
    return getattr(view, ATTRIBUTE, None)
