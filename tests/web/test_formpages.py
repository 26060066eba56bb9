"""Forms on pages: files sent twice, and files of the case shown to whoever decides."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.cli.new_process import write_new_process
from app.domain.attachments.tables import Attachment
from app.engine.package import read_package
from app.web.extensions import house
from tests.web.conftest import PHOTO, Town, Visitor

KEY = "equipment_loan"
EVIDENCE = {
    "type": "filepicker", "id": "evidence", "key": "evidence", "label": "借用凭证",
    "accept": ".jpg,.png", "validate": {"required": True},
}  # fmt: skip
PREVIEW = {
    "type": "documentPreview", "id": "seen", "label": "申请人交来的凭证",
    "dataSource": '=documents[key = "evidence"]',
}  # fmt: skip


def send(person: Visitor, path: str, field: str, **values: str) -> Any:
    """Post a form with the photograph in one of its fields."""
    with PHOTO.open("rb") as photo:
        data = {**values, f"{field}-file": (photo, "凭证.jpg")}
        return person.post(path, data, page=path, content_type="multipart/form-data")


def stored(town: Town) -> list[Attachment]:
    with town.app.app_context(), house().unit_of_work() as session:
        return list(session.scalars(select(Attachment)))


def test_form_sent_again_does_not_store_its_file_twice(town: Town) -> None:
    person = town.signed_in("P003")
    path = person.post("/apply/lost_certificate", page="/apply/lost_certificate").location

    first = send(person, path, "photo")
    (kept,) = stored(town)
    again = send(person, path, "photo", photo=kept.id)
    saved = send(person, path, "photo", _draft="1")

    assert [answer.status_code for answer in (first, again, saved)] == [422, 422, 302]
    assert [row.id for row in stored(town)] == [kept.id]
    assert f'value="{kept.id}"' in person.text(path)


def test_the_same_content_on_another_field_is_a_file_of_its_own(town: Town) -> None:
    person = town.signed_in("P003")
    path = person.post("/apply/lost_certificate", page="/apply/lost_certificate").location

    send(person, path, "photo")
    send(person, path, "evidence")

    assert {row.component_key for row in stored(town)} == {"photo", "evidence"}


def procedure_with_preview(town: Town, folder: Path) -> None:
    """Publish a procedure whose reviewer sees what the applicant handed in."""
    workflows, forms = folder / "workflows", folder / "forms"
    shutil.copytree("workflows/shared", workflows / "shared")
    shutil.copytree("forms/shared", forms / "shared")
    write_new_process(KEY, workflows=workflows, forms=forms)
    for name, component in ((f"{KEY}/application", EVIDENCE), ("shared/review", PREVIEW)):
        path = forms / f"{name}.form"
        content = json.loads(path.read_text(encoding="utf-8"))
        content["components"].insert(0, component)
        path.write_text(json.dumps(content), encoding="utf-8")
    with town.app.app_context():
        package = read_package(KEY, workflows=workflows, forms=forms)
        house().engine.publish(package, published_by="tests")


def test_reviewer_sees_the_files_that_the_case_holds(town: Town, tmp_path: Path) -> None:
    procedure_with_preview(town, tmp_path)
    applicant = town.signed_in("P001")
    draft = applicant.post(f"/apply/{KEY}", page=f"/apply/{KEY}").location
    case = send(applicant, draft, "evidence", reason="借用全站仪一台").location
    (kept,) = stored(town)

    officer = town.signed_in("R-UADM@DW-002")
    task = re.search(r'href="(/tasks/[0-9a-f]{32})"', officer.text("/inbox"))
    assert task is not None
    page = officer.text(task[1])

    assert "申请人交来的凭证" in page
    assert f'<a class="file-link" href="/attachments/{kept.id}">' in page
    assert f'src="/attachments/{kept.id}"' in page
    assert officer.get(f"/attachments/{kept.id}").status_code == 200
    assert "data-print>打印</button>" in applicant.text(case)
