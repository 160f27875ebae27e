#!/usr/bin/env bash
# Installs with apt what chela is built, run and tested with. Debian 12; needs root or sudo. Can be repeated.
set -euo pipefail

packages=(
  g++ cmake ninja-build ccache mold pkg-config git ca-certificates
  libboost1.81-dev libboost-json1.81-dev libexpected-dev libyaml-cpp-dev libspdlog-dev libsqlite3-dev
  libseccomp-dev libsodium-dev libcurl4-openssl-dev libssl-dev zlib1g-dev libcli11-dev libre2-dev libexpat1-dev
)
# libssl-dev: headers of libcrypto, which signs (also certificates and HTTPS of the test server). libexpat1-dev: XML, linked into
# the plugins that read it. nghttp2-server: an HTTP/2 server that is not ours.
# monitoring-plugins-basic, taskwarrior: what check.exec and tasks.taskwarrior are tested against. systemd, dbus: a manager for
# check.system to ask (it need not be the machine's own); systemd-journal-remote makes journal files for it. openssh-server: for
# the way of tasks.remindctl (a server on loopback, started by the test), but only where no service manager would start one for
# the whole machine because of that: there the test says that it is skipped. nginx-light, under the same condition: what the
# benchmark compares the router with. python3-aiosmtpd: a mail server for notify.email; python3-dbusmock and libglib2.0-bin: a
# desktop's notification service for notify.desktop. libgmime-3.0-dev: a second opinion on headers for check.email's tests.
# python3-radicale, xandikos: calendar servers for check.calendar; python3-dateutil, python3-recurring-ical-events: what its
# recurrences are compared with. nodejs, npm: for peers from npm (scripts/install_npm_peers.sh). dovecot-imapd, under the same
# condition as nginx: the mail server of tests/email, started by the test without privileges.
if [ "${1:-}" = "--tests" ]; then
  packages+=(libgtest-dev libgmock-dev clang libclang-rt-14-dev clang-format strace libfaketime util-linux monitoring-plugins-basic
    nghttp2-server taskwarrior zsh fish systemd dbus systemd-journal-remote openssh-client
    python3-aiosmtpd python3-dbusmock libglib2.0-bin libgmime-3.0-dev
    python3-radicale xandikos python3-dateutil python3-recurring-ical-events)
  command -v npm >/dev/null || packages+=(nodejs npm)
  [ -d /run/systemd/system ] || packages+=(openssh-server nginx-light dovecot-imapd)
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "packages: all there"
  exit 0
fi
echo "packages: installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "packages: run this as root, or install sudo" >&2; exit 1; }
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
