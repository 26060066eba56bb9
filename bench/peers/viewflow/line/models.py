"""The audit row of a completion; viewflow keeps process, tasks and submitted data itself."""

from __future__ import annotations

from django.db import models


class Audit(models.Model):
    """Who did what, as long as the house's own entry."""

    chain = models.CharField(max_length=60)
    seq = models.IntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=32)
    action = models.CharField(max_length=40)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=60)
    outcome = models.CharField(max_length=20)
    previous = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="audit_chain")]  # noqa: RUF012
