#!/bin/sh
# Writes the three locks of requirements/ from pyproject.toml: every version with the hashes of its files, for Python
# 3.11 to 3.14 on every system, without any index's address. The larger ones are solved first and bind the smaller
# ones, so that no package has two versions here. `make lock UPGRADE=1` moves everything to its newest version.
set -eu
cd "$(dirname "$0")/.."

uv=${UV:-$(command -v uv || true)}
if [ -z "$uv" ]; then
    echo "lock: uv is not on PATH. Install it in a place of its own (python3 -m venv DIR && DIR/bin/pip install uv)" >&2
    echo "      and say where it is: make lock UV=DIR/bin/uv" >&2
    exit 1
fi

compile() { # NAME ARGUMENTS…
    name=$1
    shift
    "$uv" pip compile pyproject.toml "$@" ${UPGRADE:+--upgrade} --quiet --universal --python-version 3.11 \
        --only-binary :all: --generate-hashes --no-header --annotation-style line --no-emit-index-url --no-emit-find-links \
        --output-file "requirements/$name.txt"
    printf 'requirements/%s.txt: %s packages\n' "$name" "$(grep -c == "requirements/$name.txt")"
}

compile development --all-extras --group build --group test --group dev
compile production --extra production --group build --constraints requirements/development.txt
compile runtime --group build --constraints requirements/production.txt
