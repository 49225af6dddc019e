#!/bin/bash
# Installs Fleetsphere on Debian 12 or 13, or upgrades it; see --help. Whatever is there already is kept, so it can be
# run again at any time, above all after it stopped half way.
set -euo pipefail

releases=/opt/fleetsphere
config=/etc/fleetsphere
state=/var/lib/fleetsphere
backups=/var/backups/fleetsphere
units=/etc/systemd/system
site=/etc/nginx/conf.d/fleetsphere.conf
certificate=/etc/ssl/fleetsphere.pem
key=/etc/ssl/private/fleetsphere.key
challenges=/var/www/fleetsphere
broker_packages=(valkey-server redis-server)
READY_WITHIN_S=60

host="" email="" own_certificate="" own_key=""
uses_certbot=1 asks=1 replaces=0 backs_up=1
is_changed=0

usage() {
    cat <<'TEXT'
Usage: install.sh [OPTION]...
Installs Fleetsphere with PostgreSQL, a broker and nginx on Debian 12 or 13, or upgrades it. Run it as root, and
again whenever you like: what is there is kept.

  --host NAME           the name of the site, such as fleet.example
  --email ADDRESS       the administrator's, who gets a login; certbot tells it of certificates that end
  --certificate FILE    a certificate with its chain, and ...
  --key FILE            ... its key, both PEM, instead of certbot's
  --self-signed         a certificate that no browser believes, for a try or behind another proxy
  --yes                 ask nothing: files that you edited stay
  --replace-edited      replace them, and keep yours beside as NAME.before
  --no-backup           do not back up the database before an upgrade
  --help                this
TEXT
}

say() { printf '%s\n' "$*"; }
step() { current_step=$1 && say "== $1"; }
die() { say "install.sh: $*" >&2 && exit 1; }

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
            --host) host=${2:-} && shift ;;
            --email) email=${2:-} && shift ;;
            --certificate) own_certificate=${2:-} && shift ;;
            --key) own_key=${2:-} && shift ;;
            --self-signed) uses_certbot=0 ;;
            --yes) asks=0 ;;
            --replace-edited) replaces=1 ;;
            --no-backup) backs_up=0 ;;
            --help) usage && exit 0 ;;
            *) die "there is no option $1; see --help" ;;
        esac
        shift || die "an option lacks its value; see --help"
    done
    [ -n "$own_certificate" ] || [ -z "$own_key" ] || die "--key belongs to --certificate"
    if [ -n "$own_certificate" ]; then
        uses_certbot=0
    elif [ -e "$certificate" ] && ! is_self_signed; then
        uses_certbot=0 # the one that is there stays, and whoever brought it renews it
    fi
}

# What the machine must be

check_machine() {
    [ "$(id -u)" = 0 ] || die "only root can install packages and services: use sudo"
    local name version
    name=$(sed -n 's/^ID=//p' /etc/os-release) version=$(sed -n 's/^VERSION_ID="\?\([0-9]*\).*/\1/p' /etc/os-release)
    case $name-$version in debian-12 | debian-13) ;; *) die "made for Debian 12 and 13, and this is $name $version" ;; esac
    local port
    for port in 80 443; do
        if listens_at "$port" && ! is_running nginx; then
            die "another program than nginx listens at port $port: stop it, or let it be the proxy and install by hand"
        fi
    done
}

listens_at() {
    local files=(/proc/net/tcp)
    [ ! -e /proc/net/tcp6 ] || files+=(/proc/net/tcp6)
    awk -v port="$(printf ':%04X$' "$1")" '$4 == "0A" && $2 ~ port { found = 1 } END { exit !found }' "${files[@]}"
}

is_running() { pidof "$1" >/dev/null; }

find_release() {
    local found=("$here"/fleetsphere-*.whl "$here"/../dist/fleetsphere-*.whl)
    local file
    for file in "${found[@]}"; do [ ! -e "$file" ] || wheel=$file; done
    [ -n "${wheel:-}" ] || die "there is no fleetsphere-*.whl beside this script; in a checkout, run make wheel first"
    requirements=$here/requirements.txt
    [ -e "$requirements" ] || requirements=$here/../requirements/server.txt
    version=$(basename "$wheel" | cut -d- -f2)
    # Another wheel of the same version is another release.
    release=$releases/$version-$(cat "$wheel" "$requirements" | sha256sum | cut -c1-8)
}

# What it asks

remembered() { [ ! -e "$config/installer" ] || sed -n "s/^$1=//p" "$config/installer"; }

ask() {
    local answer=""
    if [ "$asks" = 0 ] || [ ! -t 0 ]; then die "nobody can be asked for the $1; give $2"; fi
    read -r -p "$1: " answer
    say "$answer" >&3
}

decide() {
    : "${host:=$(remembered host)}" "${email:=$(remembered email)}"
    [ -n "$host" ] || host=$(ask "Host name of the site" --host 3>&1 >&2)
    [ -n "$email" ] || email=$(ask "E-mail address of the administrator" --email 3>&1 >&2)
    host=${host,,}
    [[ $host =~ ^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$ ]] || die "'$host' is no host name such as fleet.example"
    [[ $email =~ ^[^[:space:]@]+@[^[:space:]@]+$ ]] || die "'$email' is no e-mail address"
    local file
    for file in "$own_certificate" "$own_key"; do [ -z "$file" ] || [ -r "$file" ] || die "there is no file $file"; done
    [ -z "$own_certificate" ] || own_certificate=$(realpath "$own_certificate")
    : "${own_key:=$own_certificate}"
    [ -z "$own_key" ] || own_key=$(realpath "$own_key")
}

may_replace() {
    [ "$replaces" = 0 ] || return 0
    if [ "$asks" = 0 ] || [ ! -t 0 ]; then return 1; fi
    diff -u "$1" "$2" || true
    local answer=""
    read -r -p "$1 was edited. Replace it by the above, and keep yours as $1.before? [y/N] " answer
    [[ $answer =~ ^[yY] ]]
}

# put_file SOURCE TARGET MODE: leaves alone what somebody has edited since it was put there, unless that is allowed.
put_file() {
    local source=$1 target=$2 mode=$3
    local record=$config/installed/${target//\//_}
    install -d "$config/installed"
    if [ -e "$target" ] && cmp -s "$source" "$target"; then
        sha256sum "$target" >"$record"
        return
    elif [ -e "$target" ] && ! sha256sum --check --status "$record" 2>/dev/null; then
        if [ -e "$target.new" ] && cmp -s "$source" "$target.new" && [ "$replaces" = 0 ]; then
            say "kept $target, which was edited"
            return
        elif may_replace "$target" "$source"; then
            cp -p "$target" "$target.before"
        else
            install -m "$mode" "$source" "$target.new"
            say "kept $target, which was edited; what would be there now is in $target.new"
            return
        fi
    fi
    install -D -m "$mode" "$source" "$target.part"
    mv "$target.part" "$target"
    rm -f "$target.new"
    sha256sum "$target" >"$record"
    is_changed=1
}

# What it installs

install_packages() {
    local lacking=() package
    command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null || lacking+=(python3-venv)
    [ -x /usr/sbin/nginx ] || lacking+=(nginx)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || lacking+=(postgresql)
    command -v openssl >/dev/null || lacking+=(openssl)
    [ -e /etc/ssl/certs/ca-certificates.crt ] || lacking+=(ca-certificates)
    # The letters of reports as PDF.
    [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || lacking+=(fonts-dejavu-core)
    [ -e /usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf ] || lacking+=(fonts-droid-fallback)
    [ "$uses_certbot" = 0 ] || command -v certbot >/dev/null || lacking+=(certbot)
    if ! find_broker; then
        apt-get update -qq && is_updated=1
        for package in "${broker_packages[@]}"; do
            if apt-cache show "$package" >/dev/null 2>&1; then lacking+=("$package") && break; fi
        done
    fi
    [ "${#lacking[@]}" -gt 0 ] || return 0
    say "installing ${lacking[*]}"
    [ -n "${is_updated:-}" ] || apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${lacking[@]}" >/dev/null
    find_broker || die "there is no broker among the packages of this machine: ${broker_packages[*]}"
}

find_broker() {
    local package
    for package in "${broker_packages[@]}"; do
        if command -v "$package" >/dev/null; then broker=$package && return 0; fi
    done
    return 1
}

has_systemd() { [ -d /run/systemd/system ]; }

start_service() {
    if has_systemd; then
        systemctl enable --quiet --now "$1"
    else
        service "$1" status >/dev/null 2>&1 || service "$1" start >/dev/null
    fi
}

create_user() {
    getent passwd fleetsphere >/dev/null ||
        useradd --system --user-group --no-create-home --home-dir "$state" --shell /usr/sbin/nologin fleetsphere
    install -d -m 750 -o fleetsphere -g fleetsphere "$state"
    install -d -m 750 -g fleetsphere "$config"
    printf 'host=%s\nemail=%s\n' "$host" "$email" >"$config/installer"
}

as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

ask_postgres() { as_postgres psql --no-psqlrc --quiet --tuples-only --no-align --command "$1" postgres; }

create_database() {
    start_service postgresql
    [ -n "$(ask_postgres "SELECT 1 FROM pg_roles WHERE rolname = 'fleetsphere'")" ] ||
        as_postgres createuser --no-superuser --no-createdb --no-createrole fleetsphere
    # Whatever the cluster's own encoding is.
    [ -n "$(ask_postgres "SELECT 1 FROM pg_database WHERE datname = 'fleetsphere'")" ] ||
        as_postgres createdb --owner=fleetsphere --encoding=UTF8 --locale=C.UTF-8 --template=template0 fleetsphere
}

write_settings() {
    local file=$config/environment secret name
    secret=$(openssl rand -hex 32)
    local made
    made=$(mktemp)
    sed -e "s|^PUBLIC_URL=.*|PUBLIC_URL=https://$host|" -e "s|^SECRET_KEY=.*|SECRET_KEY=$secret|" \
        "$here/environment.example" >"$made"
    # Never replaced: only what it lacks of what is needed is added.
    if [ -e "$file" ]; then
        for name in PUBLIC_URL SECRET_KEY DATABASE_URL REDIS_URL DATA_DIR TRUSTED_PROXIES SERVE_OPTIONS; do
            grep -q "^$name=." "$file" && continue
            grep "^$name=" "$made" >>"$file"
            say "added $name to $file"
            is_changed=1
        done
    else
        cp "$made" "$file"
    fi
    rm "$made"
    chown root:fleetsphere "$file"
    chmod 640 "$file"
}

setting() { sed -n "s/^$1=//p" "$config/environment" | tail -n 1; }

install_release() {
    [ ! -e "$release/.complete" ] || return 0
    rm -rf "$release"
    install -d "$releases"
    python3 -m venv "$release"
    "$release/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$requirements"
    "$release/bin/pip" install --quiet --disable-pip-version-check --no-deps "$wheel"
    touch "$release/.complete"
}

back_up() {
    local before
    before=$(readlink "$releases/current" || true)
    if [ -z "$before" ] || [ "$before" = "$release" ] || [ "$backs_up" = 0 ]; then return 0; fi
    case $(setting DATABASE_URL) in postgres*%2Fvar%2Frun%2Fpostgresql/*) ;; *) say "your database is yours to back up" && return ;; esac
    install -d -m 700 -o postgres "$backups"
    local file
    file=$backups/before-$version-$(date -u +%Y%m%dT%H%M%SZ).dump
    as_postgres pg_dump --format=custom --file="$file" fleetsphere
    say "the database as it was is in $file"
}

# The processes of the release before go on meanwhile: migrations leave them what they use.
migrate() { FLEETSPHERE_RELEASE=$release /usr/local/bin/fleetsphere migrate --verbosity=0; }

switch_release() {
    [ "$(readlink "$releases/current")" != "$release" ] || return 0
    is_changed=1
    ln -sfn "$release" "$releases/next"
    mv -T "$releases/next" "$releases/current"
}

# The one in use and the one before stay. After the restart, as it takes a while.
forget_releases() {
    find "$releases" -mindepth 1 -maxdepth 1 -type d ! -path "$release" -printf '%T@ %p\n' |
        sort -rn | tail -n +2 | cut -d' ' -f2- | xargs --no-run-if-empty rm -rf
}

start_processes() {
    local unit names=(fleetsphere fleetsphere-housekeeping)
    # A socket that is open stays as it was, or is lost when its unit is away while systemd reads them anew.
    if has_systemd && ! cmp -s "$here/systemd/fleetsphere.socket" "$units/fleetsphere.socket"; then
        systemctl stop --quiet fleetsphere.socket fleetsphere.service 2>/dev/null || true
    fi
    for unit in "$here"/systemd/*; do put_file "$unit" "$units/$(basename "$unit")" 644; done
    [ -z "$(setting MQTT_URL)" ] || names+=(fleetsphere-mqtt)
    if ! has_systemd; then
        say "systemd does not run here: the services are installed, and start with it"
        install -d "$units/multi-user.target.wants" "$units/sockets.target.wants"
        ln -sf "$units/fleetsphere.socket" "$units/sockets.target.wants/"
        for unit in "${names[@]}"; do ln -sf "$units/$unit.service" "$units/multi-user.target.wants/"; done
        return
    fi
    systemctl daemon-reload
    systemctl enable --quiet fleetsphere.socket "${names[@]}"
    # systemd opens no socket for a service that runs without.
    systemctl is-active --quiet fleetsphere.socket || systemctl stop --quiet fleetsphere.service
    systemctl start fleetsphere.socket
    # Who is connected notices a restart, if not much.
    if [ "$is_changed" = 1 ]; then systemctl restart "${names[@]}"; else systemctl start "${names[@]}"; fi
    wait_until_ready
}

wait_until_ready() {
    local left
    for ((left = READY_WITHIN_S; left > 0; left--)); do
        if "$release/bin/python" -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=5)" 2>/dev/null; then
            return 0
        fi
        sleep 1
    done
    die "the server is not ready after $READY_WITHIN_S s; journalctl -u fleetsphere says why"
}

# TLS and the proxy

# Something to begin with: nginx does not start without a certificate, nor can certbot prove the name without nginx.
prepare_certificate() {
    install -d -m 710 "$(dirname "$key")"
    if [ -n "$own_certificate" ]; then
        local of_certificate of_key
        of_certificate=$(openssl x509 -in "$own_certificate" -noout -pubkey) || die "$own_certificate is no certificate"
        of_key=$(openssl pkey -in "$own_key" -pubout) || die "$own_key is no key, or has a passphrase"
        [ "$of_certificate" = "$of_key" ] || die "$own_key is not the key of $own_certificate"
        link_certificate "$own_certificate" "$own_key"
    elif [ ! -e "$certificate" ] || [ ! -e "$key" ]; then
        openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=$host" -addext "subjectAltName=DNS:$host" \
            -keyout "$config/self-signed.key" -out "$config/self-signed.pem" 2>/dev/null
        chmod 600 "$config/self-signed.key"
        link_certificate "$config/self-signed.pem" "$config/self-signed.key"
    fi
}

link_certificate() { ln -sfn "$1" "$certificate" && ln -sfn "$2" "$key"; }

is_self_signed() { [ "$(readlink "$certificate")" = "$config/self-signed.pem" ]; }

nginx_version() { nginx -v 2>&1 | sed 's|.*nginx/\([0-9.]*\).*|\1|'; }

start_proxy() {
    local made listen6=""
    made=$(mktemp)
    # Names that have an IPv6 address are asked for there first, by certbot's counterpart too.
    [ ! -s /proc/net/if_inet6 ] || listen6="listen [::]:80; listen [::]:443 ssl http2;"
    sed -e "s/server_name _;/server_name $host;/" -e "s/listen 80;/listen 80; $listen6/" "$here/nginx.conf" >"$made"
    # Since 1.25.1 nginx has a directive for it, and warns of the word.
    if [ "$(printf '%s\n' 1.25.1 "$(nginx_version)" | sort -V | head -n 1)" = 1.25.1 ]; then
        sed -i -e 's/443 ssl http2;/443 ssl;/g' -e 's/^    listen 443 ssl;/&\n    http2 on;/' "$made"
    fi
    put_file "$made" "$site" 644
    rm "$made"
    install -d "$challenges"
    nginx -t -q || die "nginx does not understand its configuration, and goes on with the one before"
    start_service nginx
    if has_systemd; then systemctl reload nginx; else service nginx reload >/dev/null; fi
}

obtain_certificate() {
    if [ "$uses_certbot" = 0 ] || ! is_self_signed; then return 0; fi
    if certbot certonly --non-interactive --agree-tos --quiet --keep-until-expiring --webroot --webroot-path "$challenges" \
        --cert-name "$host" --domain "$host" --email "$email" --deploy-hook "nginx -s reload"; then
        link_certificate "/etc/letsencrypt/live/$host/fullchain.pem" "/etc/letsencrypt/live/$host/privkey.pem"
        nginx -s reload
    else
        say "certbot got no certificate: does $host lead to this machine, and may the world reach port 80?" \
            "Until then the site has one that browsers warn of. Run this again."
    fi
}

tell() {
    local link
    link=$(/usr/local/bin/fleetsphere administrator --first "$email" 2>/dev/null)
    say "Fleetsphere $version serves https://$host/"
    [ -z "$link" ] || say "Set the password of $email, within the hour: $link"
    say "The settings are in $config/environment; 'fleetsphere help' lists what else there is to do"
}

main() {
    read_options "$@"
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    check_machine
    find_release
    decide
    # Where every user may be: programs that are started as another one begin here.
    cd /
    umask 022
    exec 9>/run/lock/fleetsphere-install
    flock --nonblock 9 || die "it is being installed already"
    trap 'say "install.sh: stopped at: $current_step. Mend what it says above, and run this again: it goes on from there" >&2' ERR
    set -o errtrace

    step "packages" && install_packages
    step "user and settings" && create_user && write_settings
    step "database" && create_database
    step "release $(basename "$release")" && install_release
    put_file "$here/fleetsphere.sh" /usr/local/bin/fleetsphere 755
    step "migrations" && back_up && migrate && switch_release
    step "services" && start_service "$broker" && start_processes && forget_releases
    step "proxy" && prepare_certificate && start_proxy && obtain_certificate
    tell
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then main "$@"; fi
