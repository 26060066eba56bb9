"""The main job told step by step: with the real renderer and signer and a library over HTTP.

The scenarios are the acceptance stories of the re-issue after loss; the certificate of the last
one that issued any is left behind with the root that verifies it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.authority import create_authority, root_path
from app.adapters.licence_library import HttpLicenceLibrary, running_library
from app.adapters.pdf import WeasyPrintRenderer
from app.adapters.seals import prescribed_seals
from app.adapters.signer import LocalSigner
from app.adapters.sms import FakeSms
from app.adapters.storage import MemoryStorage
from app.bootstrap import Adapters, House
from app.clock import FixedClock, local
from app.config import Config
from app.domain.certificates.tables import Certificate
from app.domain.codes import label
from app.domain.organisations import name_of
from app.engine.package import process_keys, read_package
from app.engine.simulation import Scenario, read_scenario, run_scenario, scenario_files
from app.engine.simulation.observing import observe
from app.engine.simulation.scenario import Step
from app.messages import message
from app.scheduler.virtual import BEFORE, Worlds, find_actor, world_of

Say = Callable[[str], None]


def tell(config: Config, folder: Path, say: Say) -> bool:
    """Play every story that a process names; returns whether all went as told."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = config.instance / "authority"
    create_authority(authority, prescribed_seals().values())
    fine = True
    with running_library() as library:
        adapters = Adapters(
            WeasyPrintRenderer(), LocalSigner(authority), MemoryStorage(), FakeSms(),
            licence_library=HttpLicenceLibrary(library.url),
        )  # fmt: skip
        worlds = Worlds(config, adapters=lambda: adapters)
        for scenario in _stories(config):
            fine &= _play(worlds, scenario, folder, say)
    shutil.copyfile(root_path(authority), folder / "root.pem")
    say(message("story.left", certificate="certificate.pdf", root="root.pem"))
    return fine and (folder / "certificate.pdf").is_file()


def _stories(config: Config) -> list[Scenario]:
    """Return the scenarios that the descriptors name as stories, in the order of the names."""
    found: list[Scenario] = []
    for key in process_keys(config.workflows):
        package = read_package(key, workflows=config.workflows, forms=config.forms)
        wanted = package.descriptor.story.split()
        by_name = {path.stem: path for path in scenario_files(config.workflows, key)}
        found += [read_scenario(by_name[name]) for name in wanted]
    return found


def _play(worlds: Worlds, scenario: Scenario, folder: Path, say: Say) -> bool:
    clock = FixedClock(BEFORE)
    house = worlds.house(clock)
    say("")
    say(f"■ {scenario.name}")
    say(f"  {scenario.story}")

    def heard(step: Step | None, case_id: str | None, refusal: str | None) -> None:
        say(_line(house, scenario, step, case_id, refusal))

    outcome = run_scenario(scenario, world_of(house, clock), heard)
    for mismatch in outcome.mismatches:
        say(f"  ✗ {mismatch.step}: {mismatch.what} {mismatch.expected} ≠ {mismatch.found}")
    _leave_certificate(house, folder)
    return outcome.passed


def _line(
    house: House, scenario: Scenario, step: Step | None, case_id: str | None, refusal: str | None
) -> str:
    at = f"{local(house.clock.now()):%Y-%m-%d %H:%M:%S}"
    actor = (step.actor if step else None) or scenario.actor
    who = find_actor(house, actor) if actor else None
    with house.unit_of_work() as session:
        state = label("case_state", observe(session, case_id).state) if case_id else ""
        office = name_of(session, who.organisation) if who and who.organisation else ""
        what = _step_name(house, session, scenario, step)
    line = f"  {at}  {what} · {who.name if who else '自动'}{f'（{office}）' if office else ''}"
    return f"{line}\n      ✋ {refusal}" if refusal is not None else f"{line}\n      → {state}"


def _step_name(house: House, session: Session, scenario: Scenario, step: Step | None) -> str:
    if step is None:
        return message("story.draft" if scenario.draft_only else "story.start")
    if step.kind == "objection":
        return message("story.objection")
    bundle = house.tools.bundles.newest(session, scenario.process)
    named = bundle.definition.elements.get(step.do or "")
    return named.name if named is not None else step.do or ""


def _leave_certificate(house: House, folder: Path) -> None:
    with house.unit_of_work() as session:
        found = session.scalars(select(Certificate).order_by(Certificate.issued_at)).all()
    for certificate in found:
        content = house.adapters.storage.get(certificate.storage_key)
        (folder / "certificate.pdf").write_bytes(content)
