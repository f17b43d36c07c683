#!/bin/sh
# Installs what apt-packages.txt lists and this machine lacks: as root, else with `sudo -n`, else it prints the line.
# Its last line on standard output names the services that are still missing (empty when none is); the rest goes to
# standard error. Nothing it installs is started: the tests start their own servers on free ports.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
here() { command -v "$1" >/dev/null 2>&1; }
has_package() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
# Where there is no dpkg (macOS, Fedora, a Chromium built by hand), the programs themselves count.
has_program() {
    case $1 in
        chromium) here chromium ;;
        xvfb) here Xvfb && here xdotool ;;
        postgresql) here initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
        redis) here redis-server ;;
        faketime) ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 ;;
    esac
}
wanting() { # the lines of apt-packages.txt that are not satisfied: "service package package …"
    grep -vE '^ *(#|$)' apt-packages.txt | while read -r service packages; do
        lacking=
        if here dpkg-query; then
            for package in $packages; do has_package "$package" || lacking="$lacking $package"; done
        else
            has_program "$service" || lacking=$packages
        fi
        [ -z "$lacking" ] || printf '%s %s\n' "$service" "$lacking"
    done
}

lines=$(wanting)
if [ -z "$lines" ]; then
    say "System packages: all there (apt-packages.txt)."
    echo
    exit 0
fi
packages=$(printf '%s\n' "$lines" | cut -d' ' -f2- | tr '\n' ' ' | tr -s ' ')
line="apt-get install -y --no-install-recommends$packages"

become=
if ! here apt-get; then
    say "System packages: there is no apt-get here. These are missing:$packages"
elif [ "$(id -u)" = 0 ]; then
    become=env
elif here sudo && sudo -n true 2>/dev/null; then
    become="sudo -n env"
else
    say "System packages: not root, and sudo asks for a password. To have every suite run, once:"
    say "    sudo apt-get update && sudo $line"
fi

if [ -n "$become" ]; then
    say "Installing system packages:$packages"
    # Debian starts a server right after installing it unless this file says 101; ours would only take ports and memory.
    policy=/usr/sbin/policy-rc.d
    ours=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | $become sh -c "cat >$policy && chmod 755 $policy"
        ours=1
    fi
    log=$(mktemp)
    # create_main_cluster: no database cluster of the machine's own, the tests make theirs.
    conf=/etc/postgresql-common/createcluster.conf
    case " $packages " in
        *" postgresql "*) [ -e "$conf" ] || $become sh -c "mkdir -p ${conf%/*} && echo 'create_main_cluster = false' >$conf" ;;
    esac
    {
        $become DEBIAN_FRONTEND=noninteractive apt-get update -q &&
            $become DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
                -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120 $packages
    } </dev/null >"$log" 2>&1 || { say "apt-get failed; its last lines:"; tail -n 8 "$log" >&2; }
    rm -f "$log"
    [ -z "$ours" ] || $become rm -f "$policy"
    # A server that was not here before does not start with the machine either.
    case " $packages " in
        *" redis-server "*) [ ! -d /run/systemd/system ] || $become systemctl disable --quiet redis-server || true ;;
    esac
    lines=$(wanting)
fi
printf '%s\n' "$lines" | cut -d' ' -f1 | paste -s -d ' ' -
