"""Settings of an installation, from environment variables and a key file.

Secrets come from `TITLES_KEYS` (JSON) or from a file that only the service can read; a demo makes
the file on first use. Nothing else in the program reads the environment.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.db.keys import Keyring

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Config:
    """Where things lie and which keys are used."""

    database_url: str
    instance: Path
    workflows: Path
    forms: Path
    templates: Path
    base_url: str
    secret_key: str
    keyring: Keyring
    licence_library: str = ""
    licence_library_token: str = field(default="", repr=False)

    @property
    def feel_bundle(self) -> Path:
        """The FEEL interpreter built from `app/web/assets`."""
        return ROOT / "app" / "web" / "static" / "dist" / "feel.js"


def read_config(*, instance: Path | None = None) -> Config:
    """Read the environment; missing values get the embedded defaults."""
    folder = instance or Path(os.environ.get("TITLES_INSTANCE", ROOT / "instance"))
    folder.mkdir(parents=True, exist_ok=True)
    keys = _keys(folder)
    return Config(
        database_url=os.environ.get("TITLES_DATABASE", f"sqlite:///{folder / 'titles.db'}"),
        instance=folder,
        workflows=Path(os.environ.get("TITLES_WORKFLOWS", ROOT / "workflows")),
        forms=Path(os.environ.get("TITLES_FORMS", ROOT / "forms")),
        templates=ROOT / "templates",
        base_url=os.environ.get("TITLES_BASE_URL", "http://127.0.0.1:8000"),
        secret_key=keys["secret_key"],
        keyring=Keyring(
            {int(version): bytes.fromhex(key) for version, key in keys["field_keys"].items()},
            bytes.fromhex(keys["index_key"]),
        ),
        licence_library=os.environ.get("TITLES_LICENCE_LIBRARY", ""),
        licence_library_token=os.environ.get("TITLES_LICENCE_LIBRARY_TOKEN", ""),
    )


def _keys(folder: Path) -> dict[str, Any]:
    given = os.environ.get("TITLES_KEYS")
    if given:
        return dict(json.loads(given))
    path = Path(os.environ.get("TITLES_KEY_FILE", folder / "keys.json"))
    if not path.exists():
        made = {
            "secret_key": secrets.token_hex(32),
            "field_keys": {"1": secrets.token_hex(32)},
            "index_key": secrets.token_hex(32),
        }
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
    return dict(json.loads(path.read_text()))
