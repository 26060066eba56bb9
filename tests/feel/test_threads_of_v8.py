"""V8 started in one thread and used in others that are older; run apart, because a fault kills."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
from concurrent.futures import ThreadPoolExecutor
from app.feel import Feel
from app.feel.language import BUNDLE

with ThreadPoolExecutor(1) as short_lived:
    first = short_lived.submit(lambda: Feel(BUNDLE).evaluate(["=1 + 1"], {})).result()
second = Feel(BUNDLE, timeout_ms=5000).evaluate(["=2 + 2"], {})
print(first, second)
"""


def test_isolates_are_made_in_any_thread() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)

    assert (run.returncode, run.stdout) == (0, "[2] [4]\n"), run.stderr[-500:]
