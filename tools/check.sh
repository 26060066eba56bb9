#!/bin/sh
# Runs every check of `make check`, also after one has failed, and ends with the list of results.
set -u
cd "$(dirname "$0")/.."

results=$(mktemp)
trap 'rm -f "$results"' EXIT
failed=0

check() {
  name=$1
  shift
  printf '\n== %s: %s\n' "$name" "$*"
  if "$@"; then
    echo "ok      $name" >> "$results"
  else
    echo "FAILED  $name" >> "$results"
    failed=1
  fi
}

check "lint" .venv/bin/ruff check .
check "format" .venv/bin/ruff format --check .
check "types" .venv/bin/mypy
check "import contracts" .venv/bin/lint-imports
check "statutory numbers" .venv/bin/python -m tools.check_statutory
check "migration head" .venv/bin/python -m tools.check_migrations
check "processes" .venv/bin/flask process check
check "palette" .venv/bin/flask process templates --check
check "generated docs" .venv/bin/flask docs --check

printf '\n'
cat "$results"
exit $failed
