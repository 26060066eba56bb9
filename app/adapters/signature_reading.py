"""Reads the signature of a stranger's file, in a process of its own with limits of memory and time.

Run as a script by `app.adapters.signer`: the file on standard input, the root certificate's path
as its argument, the report as JSON on standard output.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 10


def main() -> int:
    """Report on standard input; whatever goes wrong ends this process only."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    # Isolated mode knows the installed packages only, not the house.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from app.adapters.signer import read_signature  # noqa: PLC0415 - needs the path above

    json.dump(asdict(read_signature(sys.stdin.buffer.read(), Path(sys.argv[1]))), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
