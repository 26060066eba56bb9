#!/bin/sh
# Pins every version with its hashes after pyproject.toml has changed; used by those who change dependencies only.
# The test lock is held to the versions of the run lock. `UPGRADE=1 make lock` takes newer versions.
set -eu
cd "$(dirname "$0")/.."

if ! command -v uv >/dev/null 2>&1; then
  [ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
  PATH="$PWD/.venv/bin:$PATH"
fi

pin() {
  uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q \
    ${UPGRADE:+--upgrade} "$@"
}

pin pyproject.toml -o requirements.lock
pin --extra test -c requirements.lock pyproject.toml -o requirements-test.lock
