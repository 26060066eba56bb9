"""`flask process publish|export`: through the publish gate, and out of the database as files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app.cli.output import as_json, fail, reporting, show
from app.cli.process import group, keys_or_all
from app.engine.bundles import latest, numbered, unpack
from app.engine.package import Package
from app.engine.tables import Bundle
from app.errors import EngineError
from app.messages import message
from app.scheduler.publishing import Verdict, judge
from app.scheduler.publishing import publish as publish_through_gate
from app.web.extensions import house

COMMAND = "flask process publish"


def register(app: Flask) -> None:
    """Add the commands to the group."""
    group.add_command(publish)
    group.add_command(export)


@click.command("publish")
@click.argument("keys", nargs=-1)
@click.option("--dry-run", is_flag=True, help="只试算：列出会有新版本的流程和原因，不写入")
@click.option("--note", default="", help="这次改了什么")
@click.option("--by", "published_by", default=COMMAND, help="发布人")
@as_json
@with_appcontext
@reporting
def publish(
    keys: tuple[str, ...], dry_run: bool, note: str, published_by: str, as_json: bool
) -> None:
    """检查、试演场景并发布新版本；用到有变的文件的流程一起发布，有一个不行就都不发布。"""
    wanted = keys_or_all(keys)
    if dry_run:
        verdict = judge(house(), wanted)
    else:
        verdict = publish_through_gate(house(), wanted, published_by=published_by, note=note)
    show({"dry_run": dry_run, **verdict.data()}, _lines(verdict, dry_run), as_json=as_json)
    if verdict.refused:
        names = "、".join(verdict.plan.keys or wanted)
        fail([*verdict.refused, message("publish.refused", keys=names)])


def _lines(verdict: Verdict, dry_run: bool) -> list[str]:
    names = "、".join(change.key for change in verdict.plan.new)
    if verdict.refused:
        return verdict.lines()
    if not names:
        return [*verdict.lines(), message("publish.nothing")]
    return [*verdict.lines(), message("publish.would" if dry_run else "publish.done", keys=names)]


@click.command("export")
@click.argument("key")
@click.option("--version", type=int, help="哪个版本，默认最新")
@click.option("--to", "place", type=click.Path(path_type=Path), help="文件夹，或以 .zip 结尾的文件")
@as_json
@with_appcontext
@reporting
def export(key: str, version: int | None, place: Path | None, as_json: bool) -> None:
    """导出一个已发布版本的全部文件和场景；复制到另一处的文件夹里就能检查、发布。"""
    with house().unit_of_work() as session:
        bundle = _bundle(session, key, version)
        package = unpack(bundle)
        number, sha256 = bundle.version, bundle.sha256
    target = place or Path(f"{key}-{number}.zip")
    if target.exists():
        fail([message("publish.place_taken", place=target)])
    files = _files(package)
    _write_zip(target, files) if target.suffix == ".zip" else _write_folder(target, files)
    data = {"key": key, "version": number, "digest": sha256, "place": str(target)}
    said = message("publish.written", key=key, version=number, count=len(files), place=target)
    show({**data, "files": sorted(files)}, [said], as_json=as_json)


def _bundle(session: Session, key: str, version: int | None) -> Bundle:
    found = latest(session, key) if version is None else numbered(session, key, version)
    if found is not None:
        return found
    if version is None:
        raise EngineError("engine.process_unknown", process=key)
    raise EngineError("publish.no_version", key=key, version=version)


def _files(package: Package) -> dict[str, bytes]:
    texts = {path: text.encode() for path, text in package.files.items()}
    return {**texts, **package.scenarios}


def _write_folder(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _write_zip(file: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
