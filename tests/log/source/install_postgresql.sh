#!/bin/sh
# The tests of databases start a PostgreSQL server of their own from the system's programs.
set -eu

found() { command -v "$1" >/dev/null 2>&1; }

has_server() {
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || found initdb
}

if has_server; then exit 0; fi

if [ "$(id -u)" -eq 0 ]; then
    as_root=''
elif found sudo && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
else
    as_root=no
fi

if [ "$as_root" != no ] && found apt-get; then
    # A question from debconf would wait for ever where nobody answers.
    $as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update && apt-get install -y --no-install-recommends postgresql'
elif [ "$as_root" != no ] && found dnf; then
    $as_root dnf install -y postgresql-server
fi </dev/null

if ! has_server; then
    printf '%s\n' 'PostgreSQL is missing, and could not be installed from here.' \
        'Install its server (Debian and Ubuntu: apt-get install postgresql).' >&2
    exit 1
fi
