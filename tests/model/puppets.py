"""The real extension in a node process, deed by deed."""

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NODE = ROOT / ".venv" / "bin" / "node"


class Puppets:
    """Devices 0, 1 …, each a database in memory under the extension's own code (tests/js/puppet.js)."""

    def __init__(self, root: Path = ROOT) -> None:
        self._node = subprocess.Popen(
            [str(NODE), "tests/js/puppet.js"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def do(self, deed: str, **about: Any) -> dict[str, Any]:
        """What came of a deed. Raises ``AssertionError`` when the extension's code failed."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps({"deed": deed, **about}) + "\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        assert line, f"the extension's code failed in {deed} {about}"
        came: dict[str, Any] = json.loads(line)
        return came

    def close(self) -> None:
        """End the process."""
        assert self._node.stdin is not None
        self._node.stdin.close()
        self._node.wait(10)
