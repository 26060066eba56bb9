#!/bin/bash
# Proves the README on a machine that has nothing: a minimal Debian root, a fresh clone in it, and then
#   1. `make run` as root answers on its port, is stopped, and starts a second time without any network;
#   2. `make test` as root passes;
#   3. `make run` as an ordinary user, who is first told the missing packages, answers in a clone of his own.
# How this machine reaches its package registries is handed into the root at run time and stands in no file here.
#
# FRESH_SUITE=trixie   another Debian release (default bookworm)
# FRESH_SOURCE=tree    take the working tree as it is, also what is not committed (default: HEAD)
# FRESH_KEEP=1         leave the root behind for a look
set -euo pipefail
cd "$(dirname "$0")/.."

suite=${FRESH_SUITE:-bookworm}
port=8000
patience=900

say() { printf '\nfresh: %s\n' "$*"; }
stop() { printf 'fresh: %s\n' "$*" >&2; exit 2; }

[ "$(id -u)" -eq 0 ] || stop "needs root, for the mounts of the Debian root"
if ! command -v mmdebstrap >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap debian-archive-keyring >/dev/null
fi

work=$(mktemp -d -p /var/tmp fresh.XXXXXX)
root=$work/root
inside=

# Everything inside runs in a process namespace of its own: when its first process ends, all of it ends.
clean_up() {
  [ -z "$inside" ] || kill -KILL "$inside" 2>/dev/null || true
  if [ -n "${FRESH_KEEP:-}" ]; then echo "fresh: left behind: $work"; else rm -rf --one-file-system "$work"; fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- the source -------------------------------------------------------------------------------

# A bundle is one file to clone from, whoever owns it.
bundle() { git -C "$1" bundle create --quiet "$work/source.bundle" HEAD "$(git -C "$1" branch --show-current)"; }

make_source() {
  if [ "${FRESH_SOURCE:-head}" = head ]; then
    [ -z "$(git status --porcelain)" ] || say "the working tree holds changes that are not committed; HEAD is tested"
    bundle .
    return
  fi
  mkdir "$work/tree"
  git ls-files -co --exclude-standard -z | xargs -0 cp --parents -t "$work/tree"
  git -C "$work/tree" init --quiet --initial-branch main
  git -C "$work/tree" add --all
  git -C "$work/tree" -c user.name=fresh -c user.email=fresh@localhost commit --quiet -m "Working tree"
  bundle "$work/tree"
}

# --- how this machine reaches its registries ----------------------------------------------------

setting() { printf 'export %s=%q\n' "$1" "$2"; }

# Folders of this machine are no registry; addresses are.
address() { case $2 in http*://*) setting "$1" "$2" ;; esac; }

machine_settings() {
  local name value authorities=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY PIP_PROXY PIP_TRUSTED_HOST; do
    [ -z "${!name:-}" ] || setting "$name" "${!name}"
  done
  for name in index-url extra-index-url proxy; do
    value=$(python3 -m pip config get "global.$name" 2>/dev/null || true)
    address "PIP_$(echo "$name" | tr 'a-z-' 'A-Z_')" "$value"
  done
  if command -v npm >/dev/null; then
    for name in registry proxy https-proxy; do
      address "npm_config_${name//-/_}" "$(npm config get "$name" 2>/dev/null || true)"
    done
  fi
  if [ -e "$authorities" ]; then
    install -D -m 644 "$authorities" "$root/etc/fresh/authorities.crt"
    for name in SSL_CERT_FILE PIP_CERT NODE_EXTRA_CA_CERTS npm_config_cafile; do
      setting "$name" /etc/fresh/authorities.crt
    done
  fi
}

apt_settings() {
  apt-config dump | grep -E '^Acquire::(http|https|Check|ForceIPv)[^ ]* "[^"]' || true
}

# --- inside -------------------------------------------------------------------------------------

# Runs the script on standard input inside the root, in namespaces of its own; $1 = "online" or "offline".
enter() {
  local network=()
  [ "$1" = online ] || network=(--net)
  cat > "$root/etc/fresh/step.sh"
  unshare --mount --pid --fork --kill-child "${network[@]}" bash -c '
    set -e
    mount -t proc proc "$0/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"
    mount -t tmpfs -o mode=1777 tmpfs "$0/tmp"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$0/dev/pts"
    exec chroot "$0" /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      bash -euo pipefail /etc/fresh/step.sh
  ' "$root" &
  inside=$!
  local status=0
  wait "$inside" || status=$?
  inside=
  return $status
}

# What every step knows: the settings, how to switch the loopback on, and how to try `make run`.
prelude() {
  cat <<PRELUDE
set -a; . /etc/fresh/settings.sh; set +a
export DEBIAN_FRONTEND=noninteractive
PRELUDE
  cat <<'PRELUDE'
loopback_up() {
  python3 - <<'PY'
import fcntl, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS, up and running
PY
}

answers() {
  python3 - "$1" <<'PY'
import sys, urllib.error, urllib.request
try:
    with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=5) as answer:
        sys.exit(answer.status != 200)
except urllib.error.HTTPError as error:
    sys.exit(f"HTTP {error.code}")
except OSError:
    sys.exit(1)
PY
}

# Starts the command, waits until / answers 200, stops the command and everything it started.
try_run() {
  local port=$1 patience=$2 server status=1
  shift 2
  ! answers "$port" 2>/dev/null || { echo "port $port is already in use"; return 1; }
  setsid "$@" & server=$!
  for _ in $(seq "$patience"); do
    kill -0 "$server" 2>/dev/null || break
    if answers "$port" 2>/dev/null; then status=0; break; fi
    sleep 1
  done
  kill -TERM -- "-$server" 2>/dev/null || true
  for _ in $(seq 20); do kill -0 "$server" 2>/dev/null || break; sleep 0.5; done
  kill -KILL -- "-$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  [ "$status" -eq 0 ] && echo "answered 200 on port $port" || echo "no answer on port $port"
  return "$status"
}
PRELUDE
}

# --- the steps ------------------------------------------------------------------------------------

report=()
failed=0

step() {
  local title=$1 begun=$SECONDS result=ok
  shift
  say "$title"
  if ! "$@"; then result=FAILED; failed=1; fi
  report+=("$(printf '%-7s %5ss  %s' "$result" $((SECONDS - begun)) "$title")")
}

make_root() {
  mmdebstrap --quiet --variant=minbase --include=git,make,python3 "$suite" "$root" || return 1
  mkdir -p "$root/etc/fresh"
  cp /etc/hosts /etc/resolv.conf "$root/etc/"
  apt_settings > "$root/etc/apt/apt.conf.d/99fresh"
  machine_settings > "$root/etc/fresh/settings.sh"
  install -m 644 "$work/source.bundle" "$root/srv/title-certificates.bundle"
}

run_as_root() {
  { prelude; cat <<STEP
cd "$HOME"
git clone --quiet /srv/title-certificates.bundle title-certificates
cd title-certificates
try_run $port $patience make run
STEP
  } | enter online
}

run_offline() {
  { prelude; cat <<STEP
loopback_up
cd ~/title-certificates
try_run $port 60 make run
STEP
  } | enter offline
}

test_as_root() {
  { prelude; cat <<'STEP'
cd ~/title-certificates
make test
STEP
  } | enter online
}

# The packages are there by now, so the refusal is shown in a root where one of them has been taken out again.
run_as_user() {
  { prelude; cat <<STEP
useradd --create-home --shell /bin/bash newcomer
as_newcomer() { setpriv --reuid newcomer --regid newcomer --init-groups env HOME=/home/newcomer "\$@"; }
export -f as_newcomer
cd /home/newcomer
as_newcomer git clone --quiet /srv/title-certificates.bundle title-certificates
cd title-certificates
dpkg --purge --force-depends fonts-noto-cjk >/dev/null
status=0
as_newcomer make run > /tmp/refusal 2>&1 || status=\$?
cat /tmp/refusal
grep -q '^sudo apt-get .*install -y .*fonts-noto-cjk' /tmp/refusal && [ ! -e .venv ]
apt-get update -qq
apt-get install -y -qq --no-install-recommends fonts-noto-cjk >/dev/null
try_run $port $patience setpriv --reuid newcomer --regid newcomer --init-groups env HOME=/home/newcomer make run
STEP
  } | enter online
}

make_source
step "a minimal Debian $suite with git, make and python3" make_root
[ "$failed" -eq 0 ] || exit 1
step "make run as root" run_as_root
step "make run once more, without a network" run_offline
step "make test as root" test_as_root
step "make run as an ordinary user" run_as_user

printf '\n'
printf '%s\n' "${report[@]}"
exit $failed
