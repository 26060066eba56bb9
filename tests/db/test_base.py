"""Identifiers, instants and sealed values as the tables keep them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.exceptions import InvalidTag

from app.db.base import UTCDateTime, new_id
from app.db.keys import Keyring, install, keyring
from app.domain.cases.tables import CaseRow
from app.engine.tables import ProcessInstance
from tests.engine.houses import Stage
from tests.keyring import RING


def test_ids_are_32_characters_and_never_alike() -> None:
    made = {new_id() for _ in range(2000)}

    assert len(made) == 2000
    assert {len(one) for one in made} == {32}


def test_ids_of_a_thread_keep_their_order() -> None:
    made = [new_id() for _ in range(5000)]

    assert made == sorted(made)


def test_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        UTCDateTime().process_bind_param(datetime(2026, 1, 1), None)  # type: ignore[arg-type] # noqa: DTZ001


def test_instants_come_back_as_utc(stage: Stage) -> None:
    stage.start("round_table")
    east = datetime(2026, 7, 1, 8, 30, tzinfo=timezone(timedelta(hours=8)))
    with stage.house.unit_of_work() as session:
        session.get_one(ProcessInstance, stage.instance().id).ended_at = east

    assert stage.instance().ended_at == east
    assert stage.instance().ended_at.tzinfo is UTC


def test_sealed_value_opens_only_in_its_place() -> None:
    sealed = RING.seal(b"secret", "person:1:id_number_enc")

    assert RING.open(sealed, "person:1:id_number_enc") == b"secret"
    for place in ("person:2:id_number_enc", "person:1:mobile_enc", "case_row:1:id_number_enc"):
        with pytest.raises(InvalidTag):
            RING.open(sealed, place)


def test_changed_ciphertext_does_not_open() -> None:
    sealed = bytearray(RING.seal(b"secret", "t:1:c"))
    sealed[-1] ^= 1

    with pytest.raises(InvalidTag):
        RING.open(bytes(sealed), "t:1:c")


def test_old_keys_open_and_the_newest_seals() -> None:
    old = Keyring({1: bytes(32)}, bytes(32))
    both = Keyring({1: bytes(32), 2: bytes([7]) * 32}, bytes(32))
    sealed = old.seal(b"secret", "t:1:c")

    assert both.open(sealed, "t:1:c") == b"secret"
    assert both.seal(b"secret", "t:1:c")[0] == 2


def test_same_value_is_sealed_differently_each_time() -> None:
    assert RING.seal(b"secret", "t:1:c") != RING.seal(b"secret", "t:1:c")


def test_blind_index_ignores_spelling_and_needs_the_key() -> None:
    assert RING.blind(" 45010319860317997x ") == RING.blind("45010319860317997X")
    assert RING.blind("1") != Keyring({1: bytes(32)}, bytes([1]) * 32).blind("1")


def test_sealing_needs_the_id_first() -> None:
    with pytest.raises(RuntimeError):
        CaseRow().draft_values = {"a": 1}


def test_keys_never_show_in_a_log() -> None:
    assert "0" * 8 not in repr(RING)
    assert "x00" not in repr(RING)


def test_asking_before_bootstrap_is_a_mistake() -> None:
    install(None)  # type: ignore[arg-type]
    try:
        with pytest.raises(RuntimeError):
            keyring()
    finally:
        install(RING)
