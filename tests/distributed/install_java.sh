#!/bin/sh
# The tests on a cluster start Spark, which runs on Java 17 or later.
set -eu

has_java() {
    [ -n "${JAVA_HOME:-}" ] || ls /usr/lib/jvm/*-17-*/bin/java >/dev/null 2>&1
}

if has_java; then exit 0; fi

if [ "$(id -u)" -eq 0 ]; then
    as_root=''
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
else
    as_root=no
fi

if [ "$as_root" != no ] && command -v apt-get >/dev/null 2>&1; then
    # A question from debconf would wait for ever where nobody answers.
    $as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless'
fi </dev/null

if ! has_java; then
    printf '%s\n' 'Java 17 is missing, and could not be installed from here.' \
        'Install it (Debian and Ubuntu: apt-get install openjdk-17-jre-headless) or set JAVA_HOME.' >&2
    exit 1
fi
