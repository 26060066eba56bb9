"""What is wound up when a case is ended before its time: nothing of it may go on in public.

A certificate that is already being made is left to its office: it belongs to an approved title, not
to the case.
"""

from __future__ import annotations

from app.domain.publicity.publishing import publicity_of, stop
from app.engine.registry import Call, cancelled


@cancelled
def stop_publicity(call: Call) -> None:
    """Take the case's running publicity from the page."""
    case_no = call.case.case_no if call.case is not None else None
    running = publicity_of(call.session, case_no) if case_no is not None else None
    if running is not None:
        stop(running, now=call.now)
