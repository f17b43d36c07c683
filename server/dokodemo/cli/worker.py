"""``dokodemo worker``: what falls due, as a process of its own (PostgreSQL and Redis)."""

import signal

import click

from dokodemo import logs
from dokodemo.cli.installation import configured, opened
from dokodemo.worker import Worker


@click.command()
def worker() -> None:
    """Do what falls due: flush contacts, write silences, drop what is over."""
    config = configured()
    if config.embedded:
        raise click.ClickException("on SQLite the serving process does this itself")
    logs.configure()
    with opened(config) as operator:
        running = Worker(operator.services, operator.services.now())
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: running.stopping.set())
        running.run()
