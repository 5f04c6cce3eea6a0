#!/usr/bin/env bash
# At the gate: makes a machine that prepare.sh has prepared a screen: the account, the settings, the
# closed doors, the services, and its trust.  It needs no Internet.  Run it as root on the device, again
# whenever something may be amiss, and after each update: what is right already stays as it is, and a
# screen whose trust is whole keeps it.
#
#   deploy/screen/install.sh --config screen.toml --root root.json --lowest 202611001
#       [--time-server 192.168.10.2] [--ssh 192.168.10.2]
#
# --config is deploy/screen/screen.toml filled in; --root is feed/metadata/root.json of the hub, carried
# here by hand; --lowest the number of the edition that is published there (docs/screen.en.md);
# --time-server the machine on the gate's LAN that has the time; --ssh the only address from which
# somebody may still log in: without it nobody may, also not at a keyboard.
# ROOT=/some/folder lays the files out there, sees to the trust where the program lies there too, and
# starts nothing (used by the tests).
set -euo pipefail
umask 022

root=${ROOT:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
account=cluster-feed-screen
state=/var/lib/cluster-feed-screen
program=/opt/cluster-feed/.venv/bin/cluster-feed
config='' trusted='' lowest='' time_server='' ssh=''

complain() { printf '%s\n' "$*" >&2; exit 2; }

while [ $# -gt 0 ]; do
  case $1 in
    --config) config=${2:?}; shift 2 ;;
    --root) trusted=${2:?}; shift 2 ;;
    --lowest) lowest=${2:?}; shift 2 ;;
    --time-server) time_server=${2:?}; shift 2 ;;
    --ssh) ssh=${2:?}; shift 2 ;;
    *) complain "unknown: $1 (see the first lines of this script)" ;;
  esac
done
[ "$(id -u)" = 0 ] || complain 'Run it as root.'
[ -n "$config" ] && [ -n "$trusted" ] && [ -n "$lowest" ] \
  || complain 'Needed: --config screen.toml --root root.json --lowest <number>'
[ -r "$config" ] || complain "$config cannot be read"
grep -q '"_type": *"root"' "$trusted" || complain "$trusted is not the root.json of a hub"
[[ $lowest =~ ^[1-9][0-9]{0,9}$ ]] || complain "$lowest is not an edition's number"
[[ $time_server =~ ^[0-9A-Za-z.:-]*$ ]] || complain "$time_server is not a machine's name or address"
[[ $ssh =~ ^([0-9]{1,3}(\.[0-9]{1,3}){3})?$ ]] || complain "$ssh is not an address, such as 192.168.10.2"
grep -Eq "^state *= *\"$state\" *(#.*)?$" "$config" || complain "Leave state = \"$state\" in $config"
player=$(sed -nE 's/^player *= *"([a-z]+)".*/\1/p' "$config")
player=${player:-browser}
case $player in
  browser) needed='chromium Xorg ffmpeg' ;;
  mpv) needed='mpv ffmpeg' ;;
  none) needed='' ;;
  *) complain "player = \"$player\" is none: browser, mpv or none" ;;
esac
if [ -z "$root" ]; then
  for each in "$program" chronyc nft $needed; do
    command -v "$each" >/dev/null || complain "$each is not there: first deploy/screen/prepare.sh, where there is Internet"
  done
fi

if ! id "$account" >/dev/null 2>&1; then
  useradd --system --user-group --no-create-home --home-dir "$state" --shell /usr/sbin/nologin "$account"
fi
etc=$root/etc
units=$etc/systemd/system
install -d -m 0755 "$etc/cluster-feed" "$units"
install -d -m 0755 -o "$account" -g "$account" "$root$state"
install -m 0644 "$config" "$etc/cluster-feed/screen.toml"
install -m 0644 "$here/cluster-feed-screen.service" "$units/"
if [ "$player" = browser ]; then
  install -m 0644 "$here/cluster-feed-display.service" "$units/"
  install -D -m 0644 "$here/xorg.conf.d-cluster-feed.conf" "$etc/X11/xorg.conf.d/cluster-feed.conf"
  install -D -m 0644 "$here/chromium-policy.json" "$etc/chromium/policies/managed/cluster-feed.json"
else
  rm -f "$units/cluster-feed-display.service"
fi

# No shell: no key, and no log-in at a keyboard or on a serial line; no open port, or one to one machine.
for each in getty@ autovt@ serial-getty@; do ln -sf /dev/null "$units/$each.service"; done
ln -sf /dev/null "$units/ctrl-alt-del.target"
install -d -m 0755 "$etc/sysctl.d" "$etc/systemd/logind.conf.d" "$etc/systemd/system.conf.d"
printf 'kernel.sysrq=0\n' >"$etc/sysctl.d/cluster-feed.conf"
printf '[Manager]\nCtrlAltDelBurstAction=none\n' >"$etc/systemd/system.conf.d/cluster-feed.conf"
{
  printf '[Login]\nNAutoVTs=0\nReserveVT=0\n'
  printf 'Handle%s=ignore\n' PowerKey RebootKey SuspendKey HibernateKey LidSwitch
} >"$etc/systemd/logind.conf.d/cluster-feed.conf"
door=${ssh:+ip saddr $ssh tcp dport 22 accept}
sed "s/# ssh: from nowhere/${door:-&}/" "$here/nftables.conf" >"$etc/nftables.conf"

install -d -m 0755 "$etc/chrony/sources.d"
if [ -n "$time_server" ]; then
  printf 'server %s iburst\n' "$time_server" >"$etc/chrony/sources.d/cluster-feed.sources"
fi

failed=''
commission() {
  # What time it is now, the screen will never doubt again.
  if [ -n "$root" ]; then
    :
  elif [ -e "$etc/chrony/sources.d/cluster-feed.sources" ]; then
    chronyc waitsync 30 1 0 2 >/dev/null || complain 'The time server does not give the time: look at chronyc sources, then run this again.'
  else
    printf 'This machine has no time server on the LAN.  It is %s here: right?  Else stop now.\n' "$(date)"
    sleep 10
  fi
  install -m 0644 "$trusted" "$root$state/root.json"
  as_account screen commission "$root$state/root.json" --lowest "$lowest" --config /etc/cluster-feed/screen.toml
  rm -f "$root$state/root.json"
}
as_account() { runuser -u "$account" -- "$root$program" "$@"; }
see_to_trust() {
  local answer=0
  as_account screen check --config /etc/cluster-feed/screen.toml || answer=$?
  case $answer in
    0) printf '%s\n' 'It has its trust already, and keeps it.' ;;
    3) commission ;;
    *) failed+=" 'screen check'" ;;
  esac
}

if [ -z "$root" ]; then
  try() { "$@" || failed+=" '$*'"; }
  systemctl daemon-reexec
  try sysctl -q -p "$etc/sysctl.d/cluster-feed.conf"
  try systemctl restart systemd-logind chrony
  see_to_trust
  if [ "$player" = browser ]; then
    systemctl enable --quiet cluster-feed-display
    try systemctl restart cluster-feed-display
  fi
  systemctl enable --quiet cluster-feed-screen
  try systemctl restart cluster-feed-screen
  try systemctl enable --quiet --now nftables
  try systemctl reload nftables
elif [ -x "$root$program" ]; then
  see_to_trust
fi
[ -z "$failed" ] || complain "This did not go well, the rest did:$failed"
printf '%s\n' 'Done.  Read the device code out to the hub, also while it stands on the screen: for an hour.'
