"""Verification by the public: how often somebody may ask, and what an uploaded file is.

Nothing here keeps what was asked for; addresses are counted by their keyed hash.
"""

from app.domain.verification.files import FileAnswer, FileVerdict, Signed, check_file
from app.domain.verification.limits import MOST_PER_MINUTE, may_ask, spend_challenge

__all__ = [
    "MOST_PER_MINUTE",
    "FileAnswer",
    "FileVerdict",
    "Signed",
    "check_file",
    "may_ask",
    "spend_challenge",
]
