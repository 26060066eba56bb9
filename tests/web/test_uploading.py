"""Uploading a file in pieces over HTTP: goes on after a cut connection, with a form's own rules."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import waitress
from sqlalchemy import func, select

from app.db.system_time import system_now
from app.domain.attachments.incoming import sweep_uploads
from app.domain.attachments.tables import Attachment, Upload, UploadPiece
from tests.web.conftest import TOKEN, Town, Visitor

PHOTO = "photo"


def draft(town: Town, who: str = "P003") -> tuple[Visitor, str, str]:
    """Begin an application; returns the browser, the case's id and a form token."""
    person = town.signed_in(who)
    begun = person.post("/apply/lost_certificate", page="/apply/lost_certificate")
    case_id = begun.location.split("/")[-2]
    found = TOKEN.search(person.text(begun.location))
    assert found is not None
    return person, case_id, found[1]


def announce(
    person: Visitor, case_id: str, token: str, size: int, *, field: str = PHOTO, name: str = "a.jpg"
) -> Any:
    return person.client.post(
        f"/uploads/case/{case_id}",
        data={"field": field, "name": name, "size": str(size), "stamp": "1"},
        headers={"X-CSRFToken": token, "Accept": "application/json"},
    )


def send(person: Visitor, address: str, token: str, start: int, piece: bytes) -> Any:
    headers = {
        "X-CSRFToken": token, "Upload-Offset": str(start), "Accept": "application/json",
        "Content-Type": "application/offset+octet-stream",
    }  # fmt: skip
    return person.client.patch(address, data=piece, headers=headers)


def rows(town: Town, table: type[Any]) -> int:
    with town.app.app_context(), town.house.unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_file_in_pieces_becomes_an_attachment_of_the_draft(town: Town) -> None:
    person, case_id, token = draft(town)
    content = (town.house.config.workflows / "lost_certificate/scenarios/photo.jpg").read_bytes()
    address = announce(person, case_id, token, len(content)).json["address"]

    middle = len(content) // 2
    first = send(person, address, token, 0, content[:middle])
    last = send(person, address, token, middle, content[middle:])

    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(middle))
    assert last.status_code == 200
    assert last.json["name"] == "a.jpg"
    assert rows(town, UploadPiece) == 0
    path = f"/cases/{case_id}/edit"
    fields = {"record_id": "T003", "photo": last.json["id"], "_draft": "1"}
    person.post(path, fields, page=path)
    assert re.search(rf'value="{last.json["id"]}" checked', person.text(path))


def test_lost_answer_is_asked_for_again_and_nothing_doubles(town: Town) -> None:
    person, case_id, token = draft(town)
    content = (town.house.config.workflows / "lost_certificate/scenarios/photo.jpg").read_bytes()
    address = announce(person, case_id, token, len(content)).json["address"]
    first = send(person, address, token, 0, content)

    again = send(person, address, token, len(content), b"")

    assert again.json == first.json
    assert rows(town, Attachment) == 1


def test_same_file_chosen_again_goes_on_where_it_stopped(town: Town) -> None:
    person, case_id, token = draft(town)
    address = announce(person, case_id, token, 300_000).json["address"]
    send(person, address, token, 0, b"\xff\xd8\xff" + bytes(99_997))

    again = announce(person, case_id, token, 300_000)

    assert again.json == {"address": address, "offset": 100_000}
    head = person.client.head(address)
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("100000", "300000")


def test_wrong_offset_is_refused_and_changes_nothing(town: Town) -> None:
    person, case_id, token = draft(town)
    address = announce(person, case_id, token, 1000).json["address"]
    send(person, address, token, 0, bytes(400))

    for start, piece in [(0, bytes(400)), (800, bytes(200)), (400, bytes(601))]:
        answer = send(person, address, token, start, piece)
        assert (answer.status_code, answer.json["code"]) == (409, "attachment.wrong_offset")

    assert person.client.head(address).headers["Upload-Offset"] == "400"


def test_limits_and_content_are_those_of_a_whole_file(town: Town) -> None:
    person, case_id, token = draft(town)

    too_big = announce(person, case_id, token, 512 * 1024 + 1)
    assert too_big.status_code == 422
    assert "文件超过512KB" in too_big.json["messages"][0]

    text = b"only some words"
    address = announce(person, case_id, token, len(text)).json["address"]
    refused = send(person, address, token, 0, text)

    assert refused.status_code == 422
    assert "文件格式不符" in refused.json["messages"][0]
    assert (rows(town, Attachment), rows(town, UploadPiece)) == (0, 0)
    assert town.house.adapters.storage.files == {}  # type: ignore[attr-defined]


def test_foreign_drafts_uploads_and_fields_are_refused(town: Town) -> None:
    person, case_id, token = draft(town)
    address = announce(person, case_id, token, 1000).json["address"]
    other, _, foreign = draft(town, "P001")

    assert announce(other, case_id, foreign, 1000).status_code == 403
    assert other.client.head(address).status_code == 403
    assert send(other, address, foreign, 0, bytes(10)).status_code == 403
    assert announce(person, case_id, token, 1000, field="loss_statement").status_code == 404
    assert announce(person, case_id, "", 1000).status_code == 400
    assert announce(person, case_id, token, 0).status_code == 409
    assert town.visitor().client.head(address).status_code in (302, 401)


def test_submitted_form_takes_no_more_files(town: Town, declared: Any) -> None:
    person, case_id = declared()
    found = TOKEN.search(person.text(f"/cases/{case_id}"))
    assert found is not None

    answer = announce(person, case_id, found[1], 1000)

    assert (answer.status_code, answer.json["code"]) == (409, "attachment.form_closed")


def test_nobody_keeps_dozens_of_half_files(town: Town) -> None:
    person, case_id, token = draft(town)
    codes = [
        announce(person, case_id, token, 1000, name=f"{number}.jpg").status_code
        for number in range(21)
    ]

    assert codes == [201] * 20 + [409]


def test_cancelled_and_forgotten_uploads_leave_nothing(town: Town) -> None:
    person, case_id, token = draft(town)
    first = announce(person, case_id, token, 1000).json["address"]
    second = announce(person, case_id, token, 2000).json["address"]
    for address in (first, second):
        send(person, address, token, 0, bytes(500))

    assert person.client.delete(first, headers={"X-CSRFToken": token}).status_code == 204
    with town.app.app_context(), town.house.unit_of_work() as session:
        assert sweep_uploads(session, now=system_now()) == 0
        assert sweep_uploads(session, now=system_now() + timedelta(days=1, minutes=1)) == 1

    assert (rows(town, Upload), rows(town, UploadPiece), rows(town, Attachment)) == (0, 0, 0)


@contextmanager
def served(town: Town) -> Iterator[int]:
    """Serve the app on a free port of the loopback."""
    server = waitress.create_server(town.app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        server.close()
        thread.join(timeout=5)


def test_really_cut_connection_loses_one_piece_at_most(town: Town) -> None:
    person, case_id, token = draft(town)
    content = (town.house.config.workflows / "lost_certificate/scenarios/photo.jpg").read_bytes()
    address = announce(person, case_id, token, len(content)).json["address"]
    third = len(content) // 3
    cookies = "; ".join(
        f"{cookie.key}={cookie.value}"
        for key in ("titles_session", "session")
        if (cookie := person.client.get_cookie(key)) is not None
    )
    head = (
        f"PATCH {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n"
        f"X-CSRFToken: {token}\r\nUpload-Offset: {{start}}\r\n"
        "Content-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n"
    )
    with served(town) as port:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(head.format(start=0, length=third).encode() + content[:third])
            assert b" 204 " in line.recv(4096)
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(head.format(start=third, length=third).encode())
            line.sendall(content[third : third + third // 2])
            # The line is cut in the middle of the piece.

        arrived = int(person.client.head(address).headers["Upload-Offset"])

        assert arrived == third
        rest = send(person, address, token, arrived, content[arrived:])
        assert rest.status_code == 200
    assert (rows(town, Attachment), rows(town, UploadPiece)) == (1, 0)
