"""What people do in the first procedure, as their browsers send it."""

from __future__ import annotations

import re
from pathlib import Path

from werkzeug.test import TestResponse

from tests.journeys.conftest import Town
from tests.journeys.visitor import Visitor

PHOTO = Path("workflows/lost_certificate/scenarios/photo.jpg")
AGREED = {"outcome": "AGREE", "opinion": "情况属实，同意", "signature": "true", "seal": "true"}


def said(page: str) -> str:
    """Return the errors that a page shows, without the rest of it."""
    shown = re.findall(r'(?s)role="alert".*?</div>|invalid-feedback.*?</', page)
    return " | ".join(re.sub(r"<[^>]+>|\s+", " ", text).strip() for text in shown)


def declaration(**changes: object) -> dict[str, object]:
    """Return the fields of a complete declaration of loss."""
    fields: dict[str, object] = {
        "record_id": "T003",
        "loss_statement": "2019年4月搬家时不慎遗失，多次查找未果。",
        "photo-file": PHOTO,
        "declaration_signature": "true",
        "commitment_signature": "true",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def declare(town: Town, who: str = "P003", **changes: object) -> str:
    """Declare the loss and return the path of the case's page."""
    applicant = town.person(who)
    draft = applicant.post("/apply/lost_certificate", {}).headers["Location"]
    answer = applicant.post(draft, declaration(**changes))
    assert answer.status_code == 302, said(answer.text)
    town.work()
    return answer.headers["Location"]


def submit_to_unit(town: Town, case: str, who: str = "P003") -> TestResponse:
    """Submit the case to the unit."""
    fields = {"submission_confirmed": "true", "submission_signature": "true"}
    answer = town.person(who).post(f"{case}/steps/submit_to_unit", fields, page=case)
    town.work()
    return answer


def open_task(officer: Visitor) -> str:
    """Return the path of the first task in somebody's inbox."""
    found = re.search(r'href="(/tasks/\w{32})', officer.text("/inbox"))
    assert found, "the inbox is empty"
    return found.group(1)


def review(town: Town, who: str, **changes: str) -> TestResponse:
    """Complete the first review in somebody's inbox."""
    officer = town.person(who)
    answer = officer.post(open_task(officer), {**AGREED, **changes})
    town.work()
    return answer


def approve_all(town: Town) -> None:
    """Let unit, department and city office agree."""
    for who in ("R-UADM@DW-005", "R-DEPT@DEP-450223-NY", "R-CITY@ZGB-450200"):
        assert review(town, who).status_code == 302


def collect(town: Town) -> None:
    """Let the city office hand in the data of what it approved."""
    officer = town.person("R-CITY@ZGB-450200")
    assert officer.post(open_task(officer), {"data_checked": "true"}).status_code == 302
    town.work()


def issue(town: Town) -> None:
    """Collect the data, apply for issuance and let another officer pass it."""
    collect(town)
    applying = town.person("R-CERT@ZGB-450200")
    fields = {"review_office": "ZGB-450200", "record_checked": "true"}
    assert applying.post(open_task(applying), fields).status_code == 302
    reviewing = town.person("R-CREV@ZGB-450200")
    granted = {
        "granted_on": "2012-11-30",
        "granted_by": "柳州市职称改革工作领导小组办公室（测试）",
        "review_result": "PASS",
    }
    assert reviewing.post(open_task(reviewing), granted).status_code == 302
    town.work()
