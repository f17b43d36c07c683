"""What every command that changes data needs: services, the person at the command line as actor and viewer, refusals."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from dokodemo import backends, config
from dokodemo.actions import Services
from dokodemo.actions.audit import OPERATOR
from dokodemo.actions.people import today
from dokodemo.config import Config
from dokodemo.domain import access
from dokodemo.domain.access import Viewer
from dokodemo.domain.audit import Actor
from dokodemo.domain.errors import DokodemoError


@dataclass(frozen=True, slots=True)
class Operator:
    """The person at the installation's command line."""

    services: Services
    actor: Actor
    viewer: Viewer


def configured() -> Config:
    """The configuration of the environment; a wrong one ends the command with a sentence."""
    try:
        return config.read()
    except config.ConfigError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def opened(settings: Config | None = None) -> Iterator[Operator]:
    """Services of the configured installation for one command. A refusal ends it with a sentence and exit 1."""
    try:
        services = backends.build(settings or configured())
    except config.ConfigError as error:
        raise click.ClickException(str(error)) from error
    try:
        yield Operator(services, OPERATOR, access.operator(today(services)))
    except DokodemoError as error:
        raise click.ClickException(error.detail or str(error.code)) from error
    finally:
        services.live.close()
        services.database.close()


@contextmanager
def ready() -> Iterator[Operator]:
    """As ``opened``, with tables of this version: the embedded database gets them by itself, any other has to have them."""
    from dokodemo.store.schema import is_current, migrate

    settings = configured()
    with opened(settings) as operator:
        if not is_current(operator.services.database):
            if not settings.embedded:
                raise click.ClickException("the database is not of this version: run `dokodemo migrate` first")
            migrate(operator.services.database)
        yield operator


def failed() -> None:
    """End with exit 1 after the reasons were printed."""
    sys.stdout.flush()
    raise SystemExit(1)
