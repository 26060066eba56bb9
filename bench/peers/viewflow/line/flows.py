"""Three tasks in a row with a gateway, as viewflow writes a procedure down."""

from __future__ import annotations

from typing import Any

from django.views import View
from viewflow import this
from viewflow.workflow import flow, lock
from viewflow.workflow.models import Process

PERMISSION = "auth.view_user"


def agreed(activation: Any) -> bool:
    """What the gateway asks."""
    return bool(activation.process.data.get("outcome") == "AGREE")


class Line(flow.Flow):
    """The procedure."""

    process_class = Process
    lock_impl = lock.SelectForUpdateLock()

    begun = flow.Start(View.as_view()).Next(this.check)
    check = flow.View(View.as_view()).Permission(PERMISSION).Next(this.agreed)
    agreed = flow.If(agreed).Then(this.approve).Else(this.refused)
    approve = flow.View(View.as_view()).Permission(PERMISSION).Next(this.archive)
    archive = flow.View(View.as_view()).Permission(PERMISSION).Next(this.done)
    done = flow.End()
    refused = flow.End()
