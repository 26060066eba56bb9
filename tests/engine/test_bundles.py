"""Published bundles: immutable, numbered, and each case stays on its own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from app.engine.bundles import digest
from app.engine.package import Package
from app.engine.tables import Bundle
from app.errors import DefinitionError, EngineError
from tests.engine.acts import AGREED, APPLICATION
from tests.engine.houses import ADMIN, MONDAY, Stage

DRAWING = "workflows/reading_room/reading_room.bpmn"
RULES = "workflows/reading_room/reading_room.dmn"


def changed(package: Package, path: str, old: str, new: str) -> Package:
    """Return a package with a text replaced in one file."""
    assert old in package.files[path]
    return replace(package, files={**package.files, path: package.files[path].replace(old, new)})


def publish(stage: Stage, package: Package) -> Bundle:
    """Publish a package and return its row."""
    bundle_id = stage.house.engine.publish(package, published_by="tests", note="改动")
    [row] = stage.rows(Bundle, Bundle.id == bundle_id)
    found: Bundle = row
    return found


def test_first_version_is_one(stage: Stage) -> None:
    row = publish(stage, stage.package("reading_room"))

    assert (row.version, row.title, row.published_at) == (1, "借阅登记", MONDAY)
    assert (row.published_by, row.note) == ("tests", "改动")


def test_unchanged_package_keeps_its_version(stage: Stage) -> None:
    first = publish(stage, stage.package("reading_room"))

    second = publish(stage, stage.package("reading_room"))

    assert first.id == second.id
    assert stage.count(Bundle) == (1,)


def test_changed_package_is_the_next_version(stage: Stage) -> None:
    package = stage.package("reading_room")
    first = publish(stage, package)

    second = publish(stage, changed(package, DRAWING, "核对申请", "初步核对"))

    assert (first.version, second.version) == (1, 2)
    assert first.sha256 != second.sha256


def test_taking_a_change_back_is_a_version_of_its_own(stage: Stage) -> None:
    package = stage.package("reading_room")
    publish(stage, package)
    publish(stage, changed(package, DRAWING, "核对申请", "初步核对"))

    assert publish(stage, package).version == 3


def test_versions_are_counted_per_process(stage: Stage) -> None:
    publish(stage, stage.package("reading_room"))

    assert publish(stage, stage.package("slow_letter")).version == 1


def test_digest_is_of_the_files_alone(stage: Stage) -> None:
    row = publish(stage, stage.package("reading_room"))

    assert row.sha256 == hashlib.sha256(row.files.encode()).hexdigest()
    assert json.loads(row.files) == dict(stage.package("reading_room").files)


def test_digest_does_not_depend_on_the_order_of_files(stage: Stage) -> None:
    package = stage.package("reading_room")
    turned = replace(package, files=dict(reversed(package.files.items())))

    assert digest(package) == digest(turned)


def test_running_case_stays_on_its_bundle_and_new_ones_use_the_new(stage: Stage) -> None:
    package = stage.package("reading_room")
    publish(stage, package)
    old = stage.start("reading_room", APPLICATION)
    renamed = changed(package, DRAWING, "交付图书", "寄送图书")
    publish(stage, changed(renamed, RULES, '"P10D"', '"P20D"'))

    stage.complete("check_application", AGREED, by=ADMIN)
    old_name = stage.task("hand_over_book").name
    actor = stage.actor("P001")
    new = stage.house.engine.open_draft("reading_room", actor=actor)
    stage.house.engine.start(new, APPLICATION, actor=actor)
    stage.complete("check_application", AGREED, by=ADMIN)

    assert (old_name, stage.task("hand_over_book").name) == ("交付图书", "寄送图书")
    assert stage.case(old).bundle_id != stage.case(new).bundle_id


def test_form_is_pinned_with_the_bundle(stage: Stage) -> None:
    package = stage.package("reading_room")
    publish(stage, package)
    stage.start("reading_room", APPLICATION)
    strict = changed(package, "forms/reading_room/check.form", '"minLength": 2', '"minLength": 200')
    publish(stage, strict)

    stage.complete("check_application", AGREED, by=ADMIN)

    assert stage.open_tasks() == ["hand_over_book"]


def test_broken_package_is_not_stored(stage: Stage) -> None:
    package = stage.package("reading_room")

    with pytest.raises(DefinitionError):
        stage.house.engine.publish(
            changed(package, DRAWING, "</bpmn:definitions>", ""), published_by="tests"
        )

    assert stage.count(Bundle) == (0,)


def test_called_process_is_pinned_too(stage: Stage) -> None:
    row = publish(stage, stage.package("two_rooms"))

    files = json.loads(row.files)
    assert "workflows/side_room/side_room.bpmn" in files
    assert "forms/side_room/verdict.form" in files
    assert not [path for path in files if "reading_room" in path]


def test_bundle_that_is_gone_is_named(stage: Stage) -> None:
    with stage.house.unit_of_work() as session, pytest.raises(EngineError) as missing:
        stage.house.tools.bundles.get(session, "0" * 32)

    assert missing.value.code == "engine.bundle_missing"


def test_bundle_is_compiled_once(stage: Stage) -> None:
    row = publish(stage, stage.package("reading_room"))

    with stage.house.unit_of_work() as session:
        first = stage.house.tools.bundles.get(session, row.id)
        second = stage.house.tools.bundles.get(session, row.id)

    assert first is second
    assert (first.id, first.version) == (row.id, 1)
