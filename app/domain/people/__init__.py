"""Persons: identity numbers, the register, photos.

Whoever shows a person masks with `app.domain.access`.
"""

from app.domain.people.identifiers import (
    birth_date_of,
    check_credit_code,
    check_mobile,
    convert_15_to_18,
    gender_of,
    normalise_id_number,
)
from app.domain.people.register import (
    NewPerson,
    add_photo,
    change_mobile,
    change_unit,
    correct_identity,
    current_photo,
    find_by_id_number,
    find_by_mobile,
    find_by_name_and_id_number,
    find_person,
    new_person_code,
    person,
    persons_of_unit,
    register_person,
)
from app.domain.people.tables import Person, Photo

__all__ = [
    "NewPerson",
    "Person",
    "Photo",
    "add_photo",
    "birth_date_of",
    "change_mobile",
    "change_unit",
    "check_credit_code",
    "check_mobile",
    "convert_15_to_18",
    "correct_identity",
    "current_photo",
    "find_by_id_number",
    "find_by_mobile",
    "find_by_name_and_id_number",
    "find_person",
    "gender_of",
    "new_person_code",
    "normalise_id_number",
    "person",
    "persons_of_unit",
    "register_person",
]
