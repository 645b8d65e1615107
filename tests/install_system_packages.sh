#!/bin/sh
# Installs the Debian packages of tests/system-packages.txt that are missing. Safe to run again:
# with nothing missing it asks for no privilege and touches nothing.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
list="$here/system-packages.txt"
policy=/usr/sbin/policy-rc.d

fail() {
    echo "install_system_packages: $1" >&2
    exit 1
}

command -v dpkg-query >/dev/null 2>&1 ||
    fail "this is not Debian or a relative of it; install by hand what $list names"

wanted=$(sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$list")
missing=''
for package in $wanted; do
    # shellcheck disable=SC2016  # the braces are dpkg-query's, not the shell's
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "system packages: all there"
    exit 0
fi

if [ "$(id -u)" -eq 0 ]; then
    root=''
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    root='sudo'
else
    fail "missing:$missing; install them as root: apt-get install$missing"
fi

# Debian starts a service when its package is installed, unless policy-rc.d forbids it (exit 101).
# The tests start what they need themselves, on ports of their own.
if [ ! -e "$policy" ]; then
    trap '$root rm -f "$policy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
    $root chmod 755 "$policy"
fi

install() {
    # shellcheck disable=SC2086  # a list of package names
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        -o Dpkg::Use-Pty=0 -q $missing
}

echo "system packages: installing$missing"
# shellcheck disable=SC2086
if ! apt-cache show $missing >/dev/null 2>&1 || ! install; then
    $root apt-get update -q || fail "apt-get update failed; missing:$missing"
    install || fail "apt-get install failed; missing:$missing"
fi
