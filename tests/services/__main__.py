"""``make dev-services``: the same two servers for a developer, until Ctrl-C."""

import signal
import threading

from tests.services.postgresql import PostgreSQL
from tests.services.redis_server import RedisServer


def main() -> None:
    """Start both, print what to set, wait for SIGINT or SIGTERM, stop both."""
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    print("Starting PostgreSQL and redis-server on free loopback ports …", flush=True)
    postgresql, redis_server = PostgreSQL(durable=True), RedisServer()
    try:
        postgresql.start()
        redis_server.start()
        print(f"export DOKODEMO_DATABASE_URL={postgresql.fresh()}")
        print(f"export DOKODEMO_REDIS_URL={redis_server.url}")
        print("Both keep nothing: Ctrl-C stops them and throws their data away.", flush=True)
        asked_to_stop.wait()
    finally:
        print("Stopping …", flush=True)
        redis_server.stop()
        postgresql.stop()


if __name__ == "__main__":
    main()
