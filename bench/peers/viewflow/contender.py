"""django-viewflow as a contender, in its own virtualenv: `… contender.py ADDRESS FOLDER`.

What its views do when a person hands in a task: lock the process, check the permission, assign,
start, keep the data, complete, activate what follows; and an audit row in the same transaction.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import django
from django.conf import settings as django_settings
from django.core.management import call_command

from bench.peers.protocol import VALUES, serve, timed
from bench.peers.viewflow.settings import settings

TASKS = 3
SEAL = "0" * 64


def set_up(address: str) -> Any:
    """Make the tables and one officer with the permission, and return him."""
    django_settings.configure(**settings(address))
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from django.contrib.auth.models import Permission, User

    officer = User.objects.create_user("officer")
    officer.user_permissions.add(Permission.objects.get(codename="view_user"))
    return User.objects.get(pk=officer.pk)


class Viewflow:
    """Processes and their tasks."""

    def __init__(self, officer: Any) -> None:
        from bench.peers.viewflow.line.flows import Line
        from bench.peers.viewflow.line.models import Audit

        self.flow, self.audit, self.officer = Line, Audit, officer
        self.request = SimpleNamespace(user=officer)

    def start(self) -> int:
        """Begin a process that waits at its first task."""
        activation = self.flow.begun.activation_class.create(self.flow.begun, None, None)
        activation.process.data = dict(VALUES)
        activation.start(self.request)
        activation.execute()
        return int(activation.process.pk)

    def waiting(self, process: int) -> int:
        """Return the open task of a process."""
        found = self.flow.task_class.objects.filter(process_id=process, status="NEW")
        return int(found.values_list("pk", flat=True).get())

    def complete(self, process: int, task_id: int) -> None:
        """Complete a waiting task: one transaction."""
        from django.utils.timezone import now

        with self.flow.lock(process):
            task = self.flow.task_class.objects.select_related("process").get(pk=task_id)
            activation = task.flow_task.activation_class(task)
            if not activation.assign.has_perm(self.officer):
                raise PermissionError(task_id)
            activation.assign(self.officer)
            activation.start(self.request)
            activation.task.data = dict(VALUES)
            activation.process.data["outcome"] = VALUES["outcome"]
            activation.process.save()
            activation.execute()
            self.audit.objects.create(
                chain=f"task:{task_id}", seq=1, at=now(), actor=str(self.officer.pk),
                action="complete", object_type="task", object_id=str(task_id), outcome="ok",
                previous=SEAL, seal=SEAL,
            )  # fmt: skip


def main(address: str, _folder: str) -> None:
    """Complete three tasks of each new process."""
    peer = Viewflow(set_up(address))

    def one(process: int) -> float:
        task = peer.waiting(process)
        return timed(lambda: peer.complete(process, task))

    def completions(instances: int) -> list[float]:
        begun = [peer.start() for _ in range(instances)]
        return [one(process) for process in begun for _ in range(TASKS)]

    serve(completions)


if __name__ == "__main__":
    main(*sys.argv[1:])
