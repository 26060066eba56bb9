"""The acts of an issuance by name, the way to each state, and which act each state allows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from app.domain.issuance import making, review
from app.domain.issuance.log import Doer
from app.domain.issuance.making import RenderedFile
from app.domain.issuance.review import Review
from app.domain.issuance.tables import Issuance, IssuanceState
from app.domain.titles.tables import TitleRecord
from tests.domain.samples import LAYOUT, PRINTED

NOW = datetime(2020, 5, 20, 2, tzinfo=UTC)
OFFICER = Doer("officer", "制证专管员", "ZGB-450100")
REVIEWER = Doer("reviewer", "发证审核员", "GX-ZGB")
REGION = Doer("region", "自治区审批员", "GX-ZGB")
MACHINE = Doer("platform", "平台")
GOOD = Review(granted_on=date(2019, 12, 20), granted_by="南宁市职改办（测试）")
BAD = Review(
    granted_on=date(2019, 12, 20), granted_by="南宁市职改办（测试）", remark="照片不清晰，请更换"
)
FILE = RenderedFile("certificates/1.pdf", "a" * 64, 1000, {"ZZMC": "职称证书"})
S = IssuanceState
Act = Callable[[Session, Issuance], object]
ACTS: dict[str, Act] = {
    "apply": lambda s, i: review.apply(s, i, review_org="GX-ZGB", doer=OFFICER, now=NOW),
    "withdraw": lambda s, i: review.withdraw(s, i, doer=OFFICER, now=NOW),
    "refuse": lambda s, i: review.refuse(s, i, BAD, doer=REVIEWER, now=NOW),
    "pass": lambda s, i: review.pass_(s, i, GOOD, doer=REVIEWER, now=NOW),
    "release": lambda s, i: review.release(s, i, way="REGION", doer=REGION, now=NOW),
    "hand_back": lambda s, i: review.hand_back(s, i, remark="核对时间", doer=REGION, now=NOW),
    "number": lambda s, i: making.number(s, i, region="450100", doer=MACHINE, now=NOW),
    "rendered": lambda s, i: making.rendered(s, i, FILE, doer=MACHINE, now=NOW),
    "pushed": lambda s, i: making.pushed(s, i, doer=MACHINE, now=NOW),
    "generated": lambda s, i: making.generated(s, i, doer=MACHINE, now=NOW),
    "issue": lambda s, i: making.issue(s, i, layout=LAYOUT, printed=PRINTED, doer=MACHINE, now=NOW),
    "fail": lambda s, i: making.fail(s, i, error="电子证照库无响应", doer=MACHINE, now=NOW),
    "retry": lambda s, i: making.retry(s, i, doer=OFFICER, now=NOW),
    "take_back": lambda s, i: making.take_back(s, i, doer=OFFICER, now=NOW),
}
PATHS: dict[IssuanceState, tuple[str, ...]] = {
    S.READY: (),
    S.PENDING: ("apply",),
    S.REFUSED: ("apply", "refuse"),
    S.PASSED: ("apply", "pass"),
    S.PUSHING: ("apply", "pass", "release", "number", "rendered"),
    S.GENERATING: ("apply", "pass", "release", "number", "rendered", "pushed"),
    S.ISSUED: ("apply", "pass", "release", "number", "rendered", "pushed", "generated", "issue"),
    S.FAILED: ("apply", "pass", "release", "number", "fail"),
}
ALLOWED: dict[str, dict[IssuanceState, IssuanceState]] = {
    "apply": {S.READY: S.PENDING, S.REFUSED: S.PENDING},
    "withdraw": {S.PENDING: S.READY},
    "refuse": {S.PENDING: S.REFUSED},
    "pass": {S.PENDING: S.PASSED},
    "release": {S.PASSED: S.PASSED},
    "hand_back": {S.PASSED: S.PENDING},
    "number": {S.PUSHING: S.PUSHING},
    "rendered": {S.PUSHING: S.PUSHING},
    "pushed": {S.PUSHING: S.GENERATING},
    "generated": {S.GENERATING: S.GENERATING},
    "issue": {},
    "fail": {S.PUSHING: S.FAILED, S.GENERATING: S.FAILED},
    "retry": {S.FAILED: S.PUSHING},
    "take_back": {S.FAILED: S.READY},
}


def walk(session: Session, issuance: Issuance, *acts: str) -> None:
    for act in acts:
        ACTS[act](session, issuance)


def open_one(session: Session, record: TitleRecord, reason: str = "FIRST") -> Issuance:
    return review.open_issuance(
        session,
        record,
        profile="NN",
        source="1",
        reason=reason,
        office="ZGB-450100",
        case_no="NNPS2020010200001",
        applied_on=None,
        doer=MACHINE,
        now=NOW,
    )
