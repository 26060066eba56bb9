"""The virtualenv of the peers: made once from their own lock, in a folder that git ignores."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

from bench.stores import OUT

LOCK = Path(__file__).with_name("requirements.lock")
FOLDER = OUT / "peers-venv"


def peers_python() -> Path:
    """Return the interpreter of the peers' virtualenv; installs it when the lock has changed."""
    python, stamp = FOLDER / "bin" / "python", FOLDER / "stamp"
    made_from = f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {sys.version} {FOLDER}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == made_from:
        return python
    print(f"bench: installing the peers from {LOCK.name} (once)", flush=True)
    venv.create(FOLDER, clear=True, with_pip=True)
    subprocess.run(
        [
            *(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--require-hashes", "-r", LOCK),
        ],
        check=True,
    )
    stamp.write_text(made_from, encoding="utf-8")
    return python
