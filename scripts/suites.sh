#!/bin/sh
# Runs the suites and says at the end which passed, which failed and which could not run.
#   scripts/suites.sh check    what is quick: ruff, mypy, tsc, the rules of the house, the domain's tests
#   scripts/suites.sh test     all of them
#   scripts/suites.sh deep     the long ones alone (PART=faults: tests/faults alone)
# ARGS go to pytest (make test ARGS="-k lease"). Every suite runs, whatever the one before it said.
set -u
cd "$(dirname "$0")/.."
mode=${1:?check, test or deep}
python=.venv/bin/python
node=.venv/bin/node
failed= passed= absent=

heading() { printf '\n── %s\n' "$*"; }
suite() { # NAME COMMAND…
    name=$1
    shift
    heading "$name: $*"
    begun=$(date +%s)
    if "$@"; then
        passed="$passed$name "
        printf 'ok: %s, %s s\n' "$name" $(($(date +%s) - begun))
    else
        code=$?
        failed="$failed$name "
        printf 'FAILED: %s (exit %s), %s s\n' "$name" "$code" $(($(date +%s) - begun))
    fi
}
python_folders() { for each in server tests bench scripts; do [ -z "$(find "$each" -name '*.py' 2>/dev/null | head -n 1)" ] || echo "$each"; done; }
javascript() { find extension kiosk_app server/dokodemo/web/static/js tests/js -name '*.js' -not -path '*/vendor/*' 2>/dev/null; }
javascript_tests() { find tests/js \( -name '*.test.js' -o -name 'test_*.js' \) 2>/dev/null | sort; }

scripts/bootstrap.sh development || exit 1
scripts/node.sh || absent="${absent}tsc node "

case $mode in
    check | test)
        suite ruff "$python" -m ruff check .
        # shellcheck disable=SC2046  # folder names without spaces
        suite mypy "$python" -m mypy $(python_folders)
        case $absent in
            *tsc*) ;;
            *) [ -z "$(javascript)" ] || suite tsc "$node" node_modules/typescript/bin/tsc -p . ;;
        esac
        ;;
esac

# The same commit is always tested in the same order; another commit in another one.
seed=$((0x$(git rev-parse --short=7 HEAD 2>/dev/null || echo 1)))
pytest() { suite pytest "$python" -m pytest -p randomly --randomly-seed="$seed" "$@"; }

case $mode in
    check)
        # shellcheck disable=SC2086  # ARGS are words
        pytest tests/architecture tests/domain ${ARGS:-}
        ;;
    test)
        case $absent in
            *node*) ;;
            # shellcheck disable=SC2046  # file names without spaces
            *) [ -z "$(javascript_tests)" ] || suite node "$node" --test $(javascript_tests) ;;
        esac
        heading "system packages"
        TEST_WITHOUT=$(scripts/system_packages.sh) || exit 1
        export TEST_WITHOUT
        absent="$absent${TEST_WITHOUT:+$TEST_WITHOUT }"
        # shellcheck disable=SC2086
        pytest --durations=12 ${ARGS:-}
        ;;
    deep)
        heading "system packages"
        TEST_WITHOUT=$(scripts/system_packages.sh) || exit 1
        export TEST_WITHOUT
        absent="$absent${TEST_WITHOUT:+$TEST_WITHOUT }"
        # shellcheck disable=SC2086
        TEST_DEEP=1 pytest -m deep ${PART:+tests/$PART} ${ARGS:-}
        ;;
    *)
        echo "suites: check, test or deep, not '$mode'" >&2
        exit 2
        ;;
esac

heading "the whole"
[ -z "$passed" ] || echo "passed:  $passed"
[ -z "$failed" ] || echo "FAILED:  $failed"
[ -z "$absent" ] || echo "not run: what needs $absent(what is missing stands above)"
[ -z "$failed$absent" ]
