"""The audit log: who did what to which object, when, from where, with what result.

Append-only and sealed per object; only R-AUD reads it.
"""

from app.domain.audit.chain import Break, Damage, Head, heads, record, verify_chain
from app.domain.audit.tables import AuditEntry

__all__ = ["AuditEntry", "Break", "Damage", "Head", "heads", "record", "verify_chain"]
