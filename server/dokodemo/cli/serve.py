"""``dokodemo serve``: the application behind gunicorn."""

import functools

import click

from dokodemo import backends, logs, serving
from dokodemo.app import create_app
from dokodemo.cli.installation import configured, opened
from dokodemo.config import Config
from dokodemo.store.schema import is_current, migrate


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 32), help="Processes (PostgreSQL only).")
def serve(*, bind: str, workers: int) -> None:
    """Serve devices and people. On SQLite: one process, which also does the worker's duties."""
    config = configured()
    if config.embedded and workers > 1:
        raise click.ClickException("SQLite is served by one process; --workers needs DOKODEMO_DATABASE_URL=postgresql…")
    try:
        with serving.serving_lock(config):
            prepare(config)
            run(config, bind, workers)
    except serving.AlreadyServingError as error:
        raise click.ClickException(str(error)) from error


def prepare(config: Config) -> None:
    """The embedded database is migrated by itself; any other has to be current already."""
    with opened(config) as operator:
        if config.embedded:
            migrate(operator.services.database)
        elif not is_current(operator.services.database):
            raise click.ClickException("the database is not of this version: run `dokodemo migrate` first")


def run(config: Config, bind: str, workers: int) -> None:
    """Serve until a signal says otherwise."""
    logs.configure()
    server = serving.Server(functools.partial(serving.application, config, create_app, backends.build), config, bind)
    server.cfg.set("workers", 1 if config.embedded else workers)
    server.run()
