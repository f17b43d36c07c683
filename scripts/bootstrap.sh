#!/bin/sh
# Makes .venv and installs one of the locks into it: scripts/bootstrap.sh runtime|production|development
# Needs Python ≥ 3.11 with venv, nothing else. A second call with nothing changed takes a fraction of a second.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)
group=${1:?runtime, production or development}
lock=requirements/$group.txt
venv=.venv
python=$venv/bin/python

say() { printf '%s\n' "$*"; }
die() { printf '\n%s\n' "$*" >&2; exit 1; }

# What the environment was made from: when any of it changes, the installation runs again.
wanted() { { cat "$1" pyproject.toml; printf '%s\n' "$here"; } | cksum; }
installed() { [ -x "$python" ] && [ -f "$venv/.installed-$1" ] && [ "$(cat "$venv/.installed-$1")" = "$(wanted "requirements/$1.txt")" ]; }

# The larger locks hold the smaller ones, so a complete one will do.
case $group in
    runtime) enough="runtime production development" ;;
    production) enough="production development" ;;
    development) enough="development" ;;
    *) die "bootstrap: no lock is called '$group'; there are runtime, production, development" ;;
esac
for each in $enough; do
    if installed "$each"; then
        say "Python packages: up to date (.venv, lock '$each')."
        exit 0
    fi
done

# Runs where even Python 2 would: it only says whether this one can be used, and if not, why.
judge='
import sys
version = "%d.%d.%d" % sys.version_info[:3]
if sys.version_info < (3, 11):
    print("is %s, older than 3.11" % version); sys.exit(1)
try:
    import ensurepip, venv
except ImportError:
    print("is %s, without venv (Debian, Ubuntu: apt-get install python%d.%d-venv)" % ((version,) + tuple(sys.version_info[:2]))); sys.exit(1)
print(version)
sys.exit(3 if sys.version_info >= (3, 15) else 0)
'
find_python() {
    seen= newer=
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        status=0
        verdict=$("$candidate" -c "$judge" 2>/dev/null) || status=$?
        case $status in
            0) found=$candidate found_version=$verdict; return 0 ;;
            3) newer=${newer:-$candidate} newer_version=$verdict ;;
            # A shim without an interpreter behind it says nothing: it is as good as not there.
            *) [ -z "$verdict" ] || seen="$seen
  $candidate $verdict" ;;
        esac
    done
    if [ -n "$newer" ]; then
        say "Only Python $newer_version is here; the lock was made for 3.11 to 3.14. Trying it."
        found=$newer found_version=$newer_version
        return 0
    fi
    die "Missing: Python 3.11 or newer, with its venv module.${seen:-
  No python3 is on PATH.}
  Debian, Ubuntu: apt-get install python3 python3-venv
  macOS: brew install python@3.13
  Another place: make PYTHON=/path/to/python3 …"
}

usable() { # an interpreter of a supported version that still runs, with its pip
    status=0
    "$python" -c "$judge" >/dev/null 2>&1 || status=$?
    { [ "$status" = 0 ] || [ "$status" = 3 ]; } && "$python" -m pip --version >/dev/null 2>&1
}
moved() { [ -f "$venv/.home" ] && [ "$(cat "$venv/.home")" != "$here" ]; }

if [ ! -e "$venv" ] || ! usable || moved; then
    find_python
    if [ -e "$venv" ]; then say "The environment in .venv cannot be used any more (Python or the folder has moved); making it anew."; fi
    say "Making the Python environment .venv with $found ($found_version) …"
    "$found" -m venv --clear "$venv" || die "Could not make .venv with $found; what is missing stands above."
fi
printf '%s\n' "$here" >"$venv/.home"

log=$venv/install.log
# pip's own lines are for whoever looks for a fault; a person sees how far it is.
install() { # HOW MANY, ARGUMENTS…
    total=$1
    shift
    {
        set +e
        "$python" -m pip install --disable-pip-version-check --no-input "$@" 2>&1
        echo $? >"$venv/.pip-status"
    } | tee -a "$log" | awk -v total="$total" -v tty="${TTY:-0}" '
        /^(Collecting|Requirement already satisfied:) / && total > 1 {
            n++
            name = $0; sub(/^(Collecting|Requirement already satisfied:) /, "", name); sub(/[ ;=(].*/, "", name)
            if (tty) printf "\r\033[K  %d of %d  %s", n, total, name
            else if (n % 20 == 0) printf "  %d of %d\n", n, total
            fflush()
        }
        /^Installing collected packages/ && total > 1 { printf "%s  unpacking …\n", tty ? "\r\033[K" : ""; fflush() }
        END { if (tty && total > 1) printf "\r\033[K" }'
    status=$(cat "$venv/.pip-status")
    rm -f "$venv/.pip-status"
    [ "$status" = 0 ]
}
failed() { # THE SENTENCE
    grep -E '^ *([A-Za-z.]*[Ee]rror|ERROR|WARNING: Retrying)\b' "$log" | tail -n 5 >&2 || true
    die "$1
The lines above are pip's; all of them are in $log."
}

TTY=0
[ -t 1 ] && TTY=1
: >"$log"
count=$(grep -c == "$lock")
say "Installing $count Python packages from $lock (every file is checked against its hash) …"
install "$count" --require-hashes --only-binary :all: -r "$lock" || failed \
    "Missing: the packages of $lock could not be installed.
If pip cannot reach its package index, it needs a network or a proxy (it reads PIP_INDEX_URL, HTTPS_PROXY, pip.conf)."
say "Installing dokodemo itself from this folder …"
install 1 --no-deps --no-build-isolation -e . || failed "dokodemo itself could not be installed from $here."
wanted "$lock" >"$venv/.installed-$group"
say "Python packages: ready."
