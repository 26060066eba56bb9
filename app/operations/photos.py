"""The two-inch photo that a form hands in becomes the person's current photo."""

from __future__ import annotations

from app.domain.attachments.keeping import find_attachment
from app.domain.people import add_photo, current_photo
from app.engine.registry import Call, fact
from app.operations.call import person_of

PHOTO_FIELD = "photo"
SOURCE = "case"


def keep_photo(call: Call) -> None:
    """Enter the photo of the start form; it was checked when it was uploaded."""
    for attachment_id in call.started_with().get(PHOTO_FIELD) or []:
        file = find_attachment(call.session, attachment_id)
        add_photo(
            call.session,
            person_of(call),
            storage_key=file.storage_key,
            sha256=file.sha256,
            checks=[],
            source=SOURCE,
            at=call.now,
        )


@fact("photo_on_file")
def photo_on_file(call: Call) -> bool:
    """Whether the applicant's photo is already there, so that the form need not ask for it."""
    return current_photo(call.session, person_of(call)) is not None
