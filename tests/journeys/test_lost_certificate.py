"""A lost certificate becomes a verifiable electronic one: stories A04 and A05 over HTTP."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from app.adapters.authority import root_path
from tests.journeys.conftest import Town
from tests.journeys.steps import (
    PHOTO,
    approve_all,
    declare,
    issue,
    open_task,
    review,
    submit_to_unit,
)


def _pdf_text(pdf: bytes, folder: Path) -> str:
    """Return the words of a PDF without the spaces and lines of its layout."""
    file = folder / "certificate.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    return "".join(done.stdout.decode().split())


def _qr_address(folder: Path) -> str:
    done = subprocess.run(
        ["pdftoppm", "-r", "150", "-png", folder / "certificate.pdf"],
        capture_output=True,
        check=True,
    )
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(done.stdout)))
    return str(code.text)


def _download(town: Town, case: str) -> bytes:
    holder = town.person("P003")
    page = holder.text(case)
    link = re.search(r'href="(/certificates/\w+/download)"', page)
    assert link, "no download on the status page"
    answer = holder.get(link.group(1))
    if answer.mimetype != "application/pdf":  # the usage notice comes first, once
        answer = holder.post(link.group(1), {"acknowledged": "yes"})
    assert answer.mimetype == "application/pdf"
    return answer.data


@pytest.mark.req("R131", "R132", "R133", "R134", "R135", "R138", "R140", "R153", "R76")
def test_a04_full_publicity_then_a_certificate_that_anyone_can_verify(
    town: Town, tmp_path: Path
) -> None:
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    status = town.person("P003").text(case)
    assert "2019-04-26" in status
    assert "2019-05-06" in status
    assert "最早可提交时间 2019-05-07 00:00" in status

    town.at("2019-05-06T23:59:59")
    early = submit_to_unit(town, case)
    assert early.status_code == 409
    assert "最早可提交时间 2019-05-07 00:00" in early.text

    town.at("2019-05-07T00:00:00")
    assert submit_to_unit(town, case).status_code == 302
    assert "待单位审核" in town.person("P003").text(case)

    approve_all(town)
    issue(town)

    pdf = _download(town, case)
    text = _pdf_text(pdf, tmp_path)
    assert "广西柳州市中级职称电子证书" in text
    assert "2012年11月30日" in text
    assert "农学" in text
    assert "本证书的相关信息由广西柳州市人力资源和社会保障局提供" in text
    assert "可作为柳州市专业技术人员评审职称" in text
    address = _qr_address(tmp_path)
    verdict = town.visitor().text(address.removeprefix(town.house.config.base_url))
    assert "有效" in verdict
    assert "覃*舟" in verdict or "覃＊舟" in verdict
    assert "450223198406309995" not in verdict


@pytest.mark.req("R12", "R60", "R72")
def test_the_same_loss_in_2026_prints_the_uniform_certificate(town: Town, tmp_path: Path) -> None:
    town.at("2026-02-10T15:00:00")
    case = declare(town)
    town.at("2026-02-25T00:00:00")
    assert submit_to_unit(town, case).status_code == 302
    approve_all(town)
    issue(town)

    releaser = town.person("R-REG@GX-ZGB")
    task = open_task(releaser)
    assert releaser.post(task, {"release_decision": "RELEASE"}).status_code == 302
    town.work()

    text = _pdf_text(_download(town, case), tmp_path)
    assert "广西壮族自治区职称证书" in text
    assert "广西壮族自治区人力资源和社会保障厅职称专用章(1)" in text
    assert "本职称电子证书与纸质证书具有同等效力" in text


def test_certificate_validates_with_the_published_root(town: Town, tmp_path: Path) -> None:
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)
    approve_all(town)
    issue(town)
    file = tmp_path / "certificate.pdf"
    file.write_bytes(_download(town, case))
    root = tmp_path / "root.pem"
    root.write_bytes(town.visitor().get("/root.pem").data)

    assert root.read_bytes() == root_path(town.house.config.instance / "authority").read_bytes()
    validated = subprocess.run(
        [".venv/bin/pyhanko", "sign", "validate", "--trust", root, file], capture_output=True
    )
    assert validated.returncode == 0, validated.stderr


@pytest.mark.req("R133")
def test_a05_draft_without_publicity_cannot_be_submitted(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    applicant = town.person("P003")
    draft = applicant.post("/apply/lost_certificate", {}).headers["Location"]
    case = draft.removesuffix("/edit")

    answer = applicant.send_json(f"/api/v1{case}/steps/submit_to_unit", {}, page=draft)

    assert answer.status_code == 409
    assert answer.json is not None
    assert "尚未公示" in answer.json["detail"]
    assert "/tasks/" not in town.person("R-UADM@DW-005").text("/inbox")


def test_rejected_by_the_unit_ends_the_case_and_leaves_the_paper(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    case = declare(town)
    town.at("2019-05-07T00:00:00")
    submit_to_unit(town, case)

    answer = review(town, "R-UADM@DW-005", outcome="REJECT", opinion="证书已在单位找到")

    assert answer.status_code == 302
    assert "不通过" in town.person("P003").text(case)


def test_photo_is_asked_for_once(town: Town) -> None:
    town.at("2019-04-26T09:00:00")
    applicant = town.person("P003")
    draft = applicant.post("/apply/lost_certificate", {}).headers["Location"]
    assert 'name="photo-file"' in applicant.text(draft)
    declare(town)

    again = applicant.post("/apply/lost_certificate", {}).headers["Location"]

    assert 'name="photo-file"' not in applicant.text(again)
    assert PHOTO.is_file()
