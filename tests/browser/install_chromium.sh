#!/bin/sh
# The browser tests and the screenshots drive the system's Chromium through the driver of the same version.
set -eu

found() { command -v "$1" >/dev/null 2>&1; }
give_up() { printf '%s\n' "$@" >&2; exit 1; }

has_browser() {
    { found chromium || found chromium-browser || found google-chrome; } && found chromedriver
}

if has_browser; then exit 0; fi

# Ubuntu's apt package only forwards to a snap, which needs a running snapd and hides the driver behind another name.
if [ -r /etc/os-release ] && grep -q '^ID=ubuntu$' /etc/os-release; then
    give_up 'Chromium and chromedriver are missing. On Ubuntu run:' \
        '  sudo snap install chromium' \
        '  sudo snap alias chromium.chromedriver chromedriver' \
        '  sudo apt-get install fonts-wqy-microhei'
fi

if [ "$(id -u)" -eq 0 ]; then
    as_root=''
elif found sudo && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
else
    as_root=no
fi

# Without a CJK font the Chinese pages would show empty boxes in screenshots.
if [ "$as_root" != no ] && found apt-get; then
    # A question from debconf would wait for ever where nobody answers.
    $as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update && apt-get install -y --no-install-recommends chromium chromium-driver fonts-wqy-microhei'
elif [ "$as_root" != no ] && found dnf; then
    $as_root dnf install -y chromium chromedriver google-noto-sans-cjk-fonts
fi </dev/null

if ! has_browser; then
    give_up 'Chromium and chromedriver are missing, and could not be installed from here.' \
        'Install both, of the same version, so that "chromium" and "chromedriver" are on the PATH,' \
        'and a font with Chinese characters (Debian: apt-get install chromium chromium-driver fonts-wqy-microhei).'
fi
