#!/usr/bin/env bash
# Makes a Debian 12 machine, or a Raspberry Pi, a screen: the packages, the account, the services, and
# its trust.  Run it as root on the device, again whenever something may be amiss: what is right
# already stays as it is, and a screen that has its trust keeps it.
#
#   deploy/screen/install.sh --config screen.toml --root root.json --lowest 202611001
#
# --config is deploy/screen/screen.toml filled in; --root is feed/metadata/root.json of the hub, carried
# here by hand; --lowest the number of the edition that is published there (docs/screen.en.md).
# ROOT=/some/folder lays the files out there and installs and starts nothing (used by the tests).
set -euo pipefail
umask 022

root=${ROOT:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
account=cluster-feed-screen
state=/var/lib/cluster-feed-screen
program=/opt/cluster-feed/.venv/bin/cluster-feed
config='' trusted='' lowest=''

complain() { printf '%s\n' "$*" >&2; exit 2; }

while [ $# -gt 0 ]; do
  case $1 in
    --config) config=${2:?}; shift 2 ;;
    --root) trusted=${2:?}; shift 2 ;;
    --lowest) lowest=${2:?}; shift 2 ;;
    *) complain "unknown: $1 (see the first lines of this script)" ;;
  esac
done
[ "$(id -u)" = 0 ] || complain 'Run it as root.'
[ -n "$config" ] && [ -n "$trusted" ] && [ -n "$lowest" ] \
  || complain 'Needed: --config screen.toml --root root.json --lowest <number>'
[ -r "$config" ] || complain "$config cannot be read"
grep -q '"_type": *"root"' "$trusted" || complain "$trusted is not the root.json of a hub"
[[ $lowest =~ ^[1-9][0-9]{0,9}$ ]] || complain "$lowest is not an edition's number"
grep -Eq "^state *= *\"$state\" *(#.*)?$" "$config" || complain "Leave state = \"$state\" in $config"
player=$(sed -nE 's/^player *= *"([a-z]+)".*/\1/p' "$config")
player=${player:-browser}
case $player in
  browser) packages='chromium ffmpeg xserver-xorg-core xserver-xorg-legacy xserver-xorg-video-all libxcomposite1' ;;
  mpv) packages='mpv ffmpeg' ;;
  none) packages='' ;;
  *) complain "player = \"$player\" is none: browser, mpv or none" ;;
esac
[ -n "$root" ] || [ -x "$program" ] || complain "$program is not there: docs/screen.en.md, step 1"

if [ -z "$root" ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086  # several packages, or none
  apt-get install -y -qq --no-install-recommends fonts-noto-core chrony $packages
fi

if ! id "$account" >/dev/null 2>&1; then
  useradd --system --user-group --no-create-home --home-dir "$state" --shell /usr/sbin/nologin "$account"
fi
install -d -m 0755 "$root/etc/cluster-feed" "$root/etc/systemd/system" "$root/etc/X11"
install -d -m 0755 -o "$account" -g "$account" "$root$state"
install -m 0644 "$config" "$root/etc/cluster-feed/screen.toml"
install -m 0644 "$here/cluster-feed-screen.service" "$root/etc/systemd/system/"
display="$root/etc/systemd/system/cluster-feed-display.service"
if [ "$player" = browser ]; then
  install -m 0644 "$here/cluster-feed-display.service" "$display"
  printf 'allowed_users=anybody\nneeds_root_rights=yes\n' >"$root/etc/X11/Xwrapper.config"
else
  rm -f "$display"
fi

if [ -z "$root" ]; then
  if [ ! -e "$state/trust/root.json" ]; then
    install -m 0644 "$trusted" "$state/root.json"
    runuser -u "$account" -- "$program" screen commission "$state/root.json" --lowest "$lowest" \
      --config /etc/cluster-feed/screen.toml
    rm -f "$state/root.json"
  else
    printf '%s\n' 'It has its trust already, and keeps it.'
  fi
  systemctl daemon-reload
  if [ "$player" = browser ]; then systemctl enable --now cluster-feed-display; fi
  systemctl disable --now getty@tty1 getty@tty7 2>/dev/null || true
  systemctl enable --now cluster-feed-screen
  systemctl restart cluster-feed-screen
fi
printf '%s\n' 'Done.  Read the device code out to the hub, also while it stands on the screen: for an hour.'
