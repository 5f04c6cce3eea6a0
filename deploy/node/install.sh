#!/usr/bin/env bash
# Makes a Debian 12 machine a cluster's node: the account, its folders, sshd's settings, the service
# for the screens.  Run it as root on the node, again whenever something may be amiss: what is right
# already stays as it is, and the feed is never touched.
#
#   deploy/node/install.sh --key hub_ed25519.pub --host 192.168.10.2 [--port 8080]
#
# --key is keys/hub_ed25519.pub of the hub, carried here by hand; --host the node's address on the
# screens' LAN.  ROOT=/some/folder lays the files out there and starts nothing (used by the tests).
set -euo pipefail
umask 022

root=${ROOT:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
account=cluster-feed
home=$root/srv/cluster-feed
key='' host='' port=8080

complain() { printf '%s\n' "$*" >&2; exit 2; }

while [ $# -gt 0 ]; do
  case $1 in
    --key) key=${2:?}; shift 2 ;;
    --host) host=${2:?}; shift 2 ;;
    --port) port=${2:?}; shift 2 ;;
    *) complain "unknown: $1 (see the first lines of this script)" ;;
  esac
done
[ "$(id -u)" = 0 ] || complain 'Run it as root.'
[ -n "$key" ] && [ -n "$host" ] || complain 'Needed: --key hub_ed25519.pub --host <address on the LAN>'
grep -q '^ssh-ed25519 [A-Za-z0-9+/=]* *' "$key" && [ "$(grep -c . "$key")" = 1 ] \
  || complain "$key is not the public key of a hub: one line, ssh-ed25519 …"
[[ $host =~ ^[0-9A-Fa-f.:]+$ ]] || complain "$host is not an address, such as 192.168.10.2"
[[ $host != 0.0.0.0 && $host != :: ]] || complain 'Give the address on the LAN, not every address.'
[[ $port =~ ^[0-9]{2,5}$ ]] && [ "$port" -gt 1023 ] && [ "$port" -lt 65536 ] \
  || complain "$port is not a port from 1024 to 65535"

# The account: no password, no shell, and yet not locked, or sshd would refuse its key too.
if ! id "$account" >/dev/null 2>&1; then
  useradd --system --user-group --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin --password '*' "$account"
fi

# sshd wants every folder above the feed to be root's, and nobody else's to write.
install -d -m 0755 -o root -g root "$root/srv" "$home"
for folder in "$home/feed" "$home/feed/outbox"; do
  install -d -m 2750 -o "$account" -g "$account" "$folder"
done

install -d -m 0755 "$root/etc/ssh/sshd_config.d" "$root/etc/cluster-feed" "$root/etc/systemd/system"
install -m 0644 "$here/sshd_config.d-cluster-feed.conf" "$root/etc/ssh/sshd_config.d/cluster-feed.conf"
install -m 0644 "$key" "$root/etc/ssh/cluster-feed.authorized_keys"
install -m 0644 "$here/cluster-feed-node.service" "$root/etc/systemd/system/cluster-feed-node.service"
printf 'HOST=%s\nPORT=%s\n' "$host" "$port" >"$root/etc/cluster-feed/node.env"

if [ -z "$root" ]; then
  install -d -m 0755 /run/sshd
  sshd -t  # a mistake here would lock people out at the next start
  systemctl daemon-reload
  systemctl reload ssh
  systemctl enable --now cluster-feed-node
  systemctl restart cluster-feed-node
  timedatectl set-ntp true || printf '%s\n' 'This clock is not kept right by itself: see timedatectl.'
fi

printf '%s\n' 'Done.  For the [node] section of playlists/<cluster>.toml on the hub:' \
  "  user = \"$account\"" '  folder = "feed"'
if [ -r "$root/etc/ssh/ssh_host_ed25519_key.pub" ]; then
  printf '  host_key = "%s"\n' "$(cut -d ' ' -f 1,2 "$root/etc/ssh/ssh_host_ed25519_key.pub")"
fi
printf '%s\n' 'Then, on the hub: cluster-feed node check <cluster>'
