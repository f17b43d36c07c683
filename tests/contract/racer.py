"""One process of a race: sends the same signed batches to its own application over the common database.

``python -m tests.contract.racer DATABASE_URL FOLDER`` reads ``FOLDER/batches.json`` (bodies and headers, signed by the
test), waits for ``FOLDER/go`` and writes ``FOLDER/answers.<pid>.json``. The database's own lock is the only one between
such processes: no serving lock is taken, which is what this is about.
"""

import base64
import json
import os
import sys
import time
from pathlib import Path
from random import Random

from dokodemo import backends, config
from dokodemo.app import create_app


def main(database_url: str, folder: Path) -> None:
    """Race once."""
    settings = config.read(
        {"DOKODEMO_DATABASE_URL": database_url, "DOKODEMO_DATA_DIR": str(folder),
         "DOKODEMO_PUBLIC_URL": "http://127.0.0.1:8000"}
    )  # fmt: skip
    client = create_app(backends.build(settings), settings).test_client()
    batches = json.loads((folder / "batches.json").read_text())
    client.get("/readyz")  # everything is imported and connected before the race
    (folder / f"ready.{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.001)
    random = Random(os.getpid())
    answers = []
    for batch in batches:
        time.sleep(random.uniform(0, 0.004))
        body = base64.b64decode(batch["body"])
        answer = client.post("/api/v1/events", data=body, headers=batch["headers"], content_type="application/json")
        answers.append([answer.status_code, answer.get_json()])
    (folder / f"answers.{os.getpid()}.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
