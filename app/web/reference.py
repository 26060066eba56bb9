"""The number under which an error of this request stands in the log and on the page."""

from __future__ import annotations

import secrets

from flask import request

REFERENCE = "titles.reference"
# Without look-alikes, because people read it out on the telephone.
ALPHABET, LENGTH = "23456789ABCDEFGHJKMNPQRSTUVWXYZ", 8


def reference() -> str:
    """Return this request's number; it is made when first asked for."""
    if REFERENCE not in request.environ:
        request.environ[REFERENCE] = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return str(request.environ[REFERENCE])
