#!/bin/bash
# `fleetsphere …` as the service runs it: its user, its settings, the release in use. The installer puts it into
# /usr/local/bin.
set -euo pipefail
: "${FLEETSPHERE_RELEASE:=/opt/fleetsphere/current}" "${FLEETSPHERE_ENVIRONMENT:=/etc/fleetsphere/environment}"

if [ "$(id -u)" != 0 ] && [ "$(id -un)" != fleetsphere ]; then
    echo "fleetsphere: this acts as the service and reads its settings; use sudo" >&2
    exit 1
fi

# The lines are read as systemd reads them; to a shell some would mean something else.
settings=()
while IFS= read -r line; do
    [[ $line =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || continue
    value=${line#*=}
    [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]] && value=${BASH_REMATCH[1]}
    settings+=("${line%%=*}=$value")
done <"$FLEETSPHERE_ENVIRONMENT"

become=()
[ "$(id -u)" = 0 ] && become=(setpriv --reuid=fleetsphere --regid=fleetsphere --init-groups)
cd /var/lib/fleetsphere
exec "${become[@]}" env "${settings[@]}" "$FLEETSPHERE_RELEASE/bin/fleetsphere" "$@"
