#!/usr/bin/env bash
# In the workshop, where there is Internet: what a screen is made of.  Debian's packages come from
# Debian, the program from a folder of wheels that was made and checked once (docs/screen.en.md).
# Run it as root on a Debian 12 machine or a Raspberry Pi; install.sh at the gate needs no Internet.
#
#   deploy/screen/prepare.sh --wheels wheels [--player browser]
#
# --player is that of the screen.toml to come: browser, mpv or none.
set -euo pipefail
umask 022

venv=/opt/cluster-feed/.venv
wheels='' player=browser

complain() { printf '%s\n' "$*" >&2; exit 2; }

while [ $# -gt 0 ]; do
  case $1 in
    --wheels) wheels=${2:?}; shift 2 ;;
    --player) player=${2:?}; shift 2 ;;
    *) complain "unknown: $1 (see the first lines of this script)" ;;
  esac
done
[ "$(id -u)" = 0 ] || complain 'Run it as root.'
case $player in
  browser) packages='chromium ffmpeg xserver-xorg-core xserver-xorg-video-all libxcomposite1' ;;
  mpv) packages='mpv ffmpeg' ;;
  none) packages='' ;;
  *) complain "--player $player is none: browser, mpv or none" ;;
esac
[ -n "$wheels" ] || complain 'Needed: --wheels <folder>'
[ "$(find "$wheels" -maxdepth 1 -name 'cluster_feed-*.whl' | wc -l)" = 1 ] || complain "$wheels holds no, or more than one, cluster_feed-*.whl"
(cd "$wheels" && sha256sum --quiet --check SHA256SUMS) || complain "$wheels is not as it was made: see SHA256SUMS there"

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086  # several packages, or none
apt-get install -y -qq --no-install-recommends python3-venv fonts-noto-core chrony nftables $packages
[ -x "$venv/bin/pip" ] || /usr/bin/python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps --force-reinstall "$wheels"/*.whl
printf '%s\n' 'Done.  At the gate: deploy/screen/install.sh'
