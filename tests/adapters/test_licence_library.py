"""The licence library: HTTP client with its server, and the fake, keep the same promises."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.adapters.licence_library import (
    Book,
    FakeLicenceLibrary,
    HttpLicenceLibrary,
    LibraryServer,
    Licence,
    LicenceLibrary,
    LicenceState,
    UnsetLicenceLibrary,
    running_library,
)
from app.errors import AppError

LICENCE = Licence(
    "1.2.156.3005.2.11450000MATEK0000N999.11450000MATEK0000N.45020020260635000001.001.L",
    {"ZZMC": "广西壮族自治区职称证书", "ZZBH": "450200202606350000019", "CZZT": "覃砚舟"},
    "a" * 64,
    b"\xff\xd8\xffphoto",
)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture(params=["http", "fake"])
def library(request: pytest.FixtureRequest, book: Book) -> Iterator[LicenceLibrary]:
    if request.param == "fake":
        yield FakeLicenceLibrary(book)
        return
    with running_library(book, token="s3cret") as server:
        yield HttpLicenceLibrary(server.url, token="s3cret", timeout=5)


def code_of(act: Any) -> str:
    with pytest.raises(AppError) as caught:
        act()
    return caught.value.code


@pytest.mark.req("R6")
def test_pushed_licence_is_read_back_with_its_metadata(library: LicenceLibrary) -> None:
    assert library.look_up(LICENCE.identifier) is None

    accepted = library.push(LICENCE)
    found = library.look_up(LICENCE.identifier)

    assert accepted.state == LicenceState.GENERATING
    assert found is not None
    assert (found.state, found.file_sha256) == (LicenceState.GENERATED, LICENCE.file_sha256)
    assert found.metadata == LICENCE.metadata


def test_same_licence_twice_is_one_licence_and_one_answer(
    library: LicenceLibrary, book: Book
) -> None:
    answers = [library.push(LICENCE) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert len(book) == 1


@pytest.mark.parametrize(
    "changed",
    [{"file_sha256": "b" * 64}, {"photo": None}, {"metadata": {"CZZT": "别人"}}],
    ids=["file", "photo", "metadata"],
)
def test_other_content_under_the_identifier_is_a_conflict(
    library: LicenceLibrary, changed: dict[str, Any]
) -> None:
    library.push(LICENCE)

    assert code_of(lambda: library.push(replace(LICENCE, **changed))) == "licence.conflict"
    found = library.look_up(LICENCE.identifier)
    assert found is not None
    assert found.file_sha256 == LICENCE.file_sha256
    assert found.metadata == LICENCE.metadata


def test_own_earlier_content_that_never_went_online_gives_way(library: LicenceLibrary) -> None:
    library.push(LICENCE)

    library.push(replace(LICENCE, file_sha256="b" * 64, replaces=(LICENCE.file_sha256,)))

    found = library.look_up(LICENCE.identifier)
    assert found is not None
    assert found.file_sha256 == "b" * 64


def test_closed_library_is_unavailable_and_opens_again(library: LicenceLibrary, book: Book) -> None:
    book.fail_next = 2

    assert code_of(lambda: library.push(LICENCE)) == "licence.unavailable"
    assert code_of(lambda: library.look_up(LICENCE.identifier)) == "licence.unavailable"
    assert library.push(LICENCE).state == LicenceState.GENERATING


def test_lost_answer_is_asked_for_again_without_a_second_licence(
    library: LicenceLibrary, book: Book
) -> None:
    book.lose_next = 1

    assert code_of(lambda: library.push(LICENCE)) == "licence.unavailable"
    assert library.push(LICENCE).file_sha256 == LICENCE.file_sha256
    assert (len(book), book.asked) == (1, Counter({LICENCE.identifier: 2}))


def test_silent_library_generates_nothing_until_it_speaks(
    library: LicenceLibrary, book: Book
) -> None:
    book.silent = True
    library.push(LICENCE)
    before = library.look_up(LICENCE.identifier)

    book.silent = False
    after = library.look_up(LICENCE.identifier)

    assert before is not None
    assert after is not None
    assert (before.state, after.state) == (LicenceState.GENERATING, LicenceState.GENERATED)


def test_failed_generation_tells_why_and_is_repeated_by_another_push(
    library: LicenceLibrary, book: Book
) -> None:
    book.refuse = "照片不清晰"
    library.push(LICENCE)
    failed = library.look_up(LICENCE.identifier)
    assert failed is not None
    assert (failed.state, failed.reason) == (LicenceState.FAILED, "照片不清晰")

    book.refuse = ""
    library.push(LICENCE)
    found = library.look_up(LICENCE.identifier)

    assert found is not None
    assert (found.state, found.reason) == (LicenceState.GENERATED, "")


def test_many_equal_pushes_at_once_are_one_licence(library: LicenceLibrary, book: Book) -> None:
    threads = [threading.Thread(target=library.push, args=(LICENCE,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(book), book.asked[LICENCE.identifier]) == (1, 10)


def test_slow_library_is_given_up_after_a_while(book: Book) -> None:
    book.slow_seconds = 0.5
    with running_library(book) as server:
        impatient = HttpLicenceLibrary(server.url, timeout=0.05)

        assert code_of(lambda: impatient.push(LICENCE)) == "licence.unavailable"


def test_nobody_at_the_address_is_unavailable() -> None:
    with LibraryServer() as server:
        address = server.url

    assert code_of(lambda: HttpLicenceLibrary(address).push(LICENCE)) == "licence.unavailable"


def test_wrong_token_is_not_let_in(book: Book) -> None:
    with running_library(book, token="right") as server:
        stranger = HttpLicenceLibrary(server.url, token="wrong")

        assert code_of(lambda: stranger.push(LICENCE)) == "licence.unavailable"
    assert len(book) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"identifier": "x"}'])
def test_unreadable_push_is_refused(book: Book, body: bytes) -> None:
    with running_library(book) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        connection.request("PUT", "/licences/x", body)
        status = connection.getresponse().status
        connection.close()

    assert (status, len(book)) == (400, 0)


def test_demo_is_put_into_a_mood(book: Book) -> None:
    with running_library(book) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        connection.request("PUT", "/mood", json.dumps({"fail_next": 3}))
        answer = json.loads(connection.getresponse().read())
        connection.close()

    assert (answer["fail_next"], book.fail_next) == (3, 3)


def test_installation_without_a_library_says_so() -> None:
    assert code_of(lambda: UnsetLicenceLibrary().push(LICENCE)) == "licence.unset"
    assert code_of(lambda: UnsetLicenceLibrary().look_up("x")) == "licence.unset"


@pytest.mark.parametrize("address", ["", "ftp://library.example", "library.example"])
def test_address_that_is_none_is_refused(address: str) -> None:
    assert code_of(lambda: HttpLicenceLibrary(address)) == "licence.bad_address"


def test_nothing_personal_is_in_a_representation() -> None:
    assert "覃砚舟" not in repr(LICENCE)
