"""Two titles of the test data that several tests need: an engineer's and an agronomist's."""

from __future__ import annotations

from datetime import date

from app.domain.certificates.register import Layout, Printed
from app.domain.titles.records import NewTitle, RecordSource
from app.domain.titles.tables import Carrier

ENGINEER = NewTitle(
    person_code="P001",
    series="05",
    level="3",
    title="工程师",
    specialty="电气工程",
    method="1",
    acquired_on=date(2019, 12, 20),
    approved_on=date(2020, 2, 18),
    approval_doc_no="南职办〔2020〕T03号",
    approval_body_code="ZGB-450100",
    carrier=Carrier.ELECTRONIC,
    source=RecordSource.CASE,
)
PRINTED = Printed(
    name="韦启澜",
    gender="男",
    id_number="450103198603179973",
    series="工程技术人员",
    title="工程师",
    level="中级",
    specialty="电气工程",
    method="评审",
    acquired_on="2019-12-20",
    approved_on="2020-02-18",
    committee="南宁市工程系列中级职称评审委员会（测试）",
    approving_body="南宁市职改办（测试）",
    approval_doc_no="南职办〔2020〕T03号",
)
LAYOUT = Layout("GX-2020", "职称专用章(1)", "E1")
AGRONOMIST = NewTitle(
    person_code="P003",
    record_code="T003",
    series="06",
    level="3",
    title="农艺师",
    specialty="农学",
    method="1",
    acquired_on=date(2012, 11, 30),
    approved_on=date(2012, 12, 15),
    approval_doc_no="柳职办〔2012〕T88号",
    approval_body_code="ZGB-450200",
    carrier=Carrier.PAPER,
    paper_cert_no="中 1200388",
    source=RecordSource.SEED,
)
