#!/bin/bash
# The two commands of docs/operations.md on a bare Debian that boots with systemd, and what comes after them; by hand,
# as root: make release && tests/deploy/debian.sh bookworm (or trixie). Needs debootstrap and systemd-container, and
# the ports 80 and 443 of this machine, whose network the container shares. Prints what was typed and shown.
set -euo pipefail
suite=${1:?bookworm or trixie}
archive=$(realpath "$(dirname "$0")"/../../dist/fleetsphere-*-debian.tar.gz)
tree=$(mktemp -d "/tmp/fleetsphere-$suite.XXXXXX")
chmod 755 "$tree"
network=(/etc/resolv.conf /etc/ssl/certs/ca-certificates.crt)

debootstrap --variant=minbase --include=ca-certificates,systemd,systemd-sysv,dbus "$suite" "$tree" >/dev/null
for file in "${network[@]}"; do cp "$file" "$tree$file"; done
cp "$archive" "$tree/srv/"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=fleet.example -addext subjectAltName=DNS:fleet.example \
    -keyout "$tree/srv/key.pem" -out "$tree/srv/certificate.pem" 2>/dev/null

# A cgroup tree of its own, as the machine's may be an older one, which systemd does not take.
# shellcheck disable=SC2016
unshare --mount bash -c '
    mount --make-rprivate / && mount -t cgroup2 none /sys/fs/cgroup && mkdir -p /sys/fs/cgroup/fleetsphere
    echo $$ >/sys/fs/cgroup/fleetsphere/cgroup.procs
    exec systemd-nspawn --quiet --register=no --keep-unit --directory="$1" --boot' -- "$tree" >"$tree.log" 2>&1 </dev/null &
container=$!
leader() { pgrep --parent "$container" --exact systemd; }
# RTMIN+4 has systemd power off.
trap 'kill -s RTMIN+4 "$(leader)" 2>/dev/null || true; wait "$container" || true; rm -rf "$tree" "$tree.log"' EXIT

inside() {
    nsenter --target "$(leader)" --mount --uts --ipc --pid --cgroup --root \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/srv LANG=C.UTF-8 \
        ${PIP_CERT:+PIP_CERT="$PIP_CERT"} bash -c "cd /srv && $1"
}
# documented N: the lines of the Nth block of docs/operations.md that says that it is run here.
documented() {
    local line
    while IFS= read -r line; do
        [[ $line != *install.sh ]] || line+=" --host fleet.example --email me@fleet.example $own"
        typed "${line%% #*}"
    done < <(awk -v wanted="$1" '/^<!-- run by tests\/deploy\/debian.sh/ { n++; on = n == wanted; next }
        /^```/ { if (!/sh$/) on = 0; next } on' "$(dirname "$0")/../../docs/operations.md")
}
own="--certificate certificate.pem --key key.pem"
typed() { printf '# %s\n' "$1" && inside "$1"; }
ready() {
    curl --silent --show-error --fail --retry 20 --retry-all-errors --cacert "$tree/srv/certificate.pem" \
        --resolve fleet.example:443:127.0.0.1 "https://fleet.example/readyz" && echo
}

for _ in $(seq 60); do
    if inside 'systemctl is-system-running' >/dev/null 2>&1; then break; fi
    sleep 1
done

documented 1
ready
echo "-- again: nothing is asked, nothing changes"
typed "fleetsphere-*/install.sh </dev/null"
ready
echo "-- edited files stay"
typed "echo '# mine' >>/etc/nginx/conf.d/fleetsphere.conf && sed -i 's/keepalive/KEEPALIVE/' fleetsphere-*/nginx.conf"
typed "fleetsphere-*/install.sh --yes && grep -c mine /etc/nginx/conf.d/fleetsphere.conf"
echo "-- half of it: a release without its end, no key, no services"
typed "rm -rf /opt/fleetsphere/current /opt/fleetsphere/*/.complete /etc/systemd/system/fleetsphere*"
typed "sed -i '/^SECRET_KEY/d' /etc/fleetsphere/environment && fleetsphere-*/install.sh --replace-edited </dev/null"
typed "systemctl is-active fleetsphere.socket" && ready
echo "-- an upgrade: what is pinned is another release; and what docs/operations.md tells"
typed "echo '# another' >>fleetsphere-*/requirements.txt && fleetsphere-*/install.sh </dev/null" && ready
documented 2 && ready
documented 3 && ready
typed "readlink /opt/fleetsphere/current && systemd-analyze security fleetsphere.service | tail -n 1"
typed "systemctl --failed --no-legend; systemctl is-active fleetsphere.socket"
