"""The demo's serving process: found the city, then serve the product with the demo's issuer beside it."""

import functools
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from dokodemo import backends, logs, serving
from dokodemo.actions import Services
from dokodemo.app import create_app
from dokodemo.cli.installation import opened
from dokodemo.cli.serve import prepare
from dokodemo.config import Config
from dokodemo.demo.founding import found
from dokodemo.demo.issuer import create_issuer
from dokodemo.demo.issuer_people import searching
from dokodemo.demo.premises import Premises
from dokodemo.demo.roster import fiscal_year_of, people
from dokodemo.demo.tokens import demo_person


@click.command(hidden=True)
@click.argument("premises")
@click.option("--keep", is_flag=True)
def demo_serve(*, premises: str, keep: bool) -> None:
    """Serve the demo city (started by `dokodemo demo`)."""
    here = Premises.read(premises)
    config = config_of(here)
    logs.configure()
    with serving.serving_lock(config):
        prepare(config)
        with opened(config) as operator:
            found(operator.services, here, keep=keep)
        make = functools.partial(serving.application, config, create_app, backends.build)
        serving.Server(functools.partial(_with_issuer, make, here), config, here.url.removeprefix("http://")).run()


def config_of(here: Premises) -> Config:
    """The demo's configuration: nothing comes from the environment."""
    return Config(
        database_url=f"sqlite:///{here.folder}/dokodemo.db",
        redis_url=None,
        public_url=here.url,
        live_url=None,
        data_dir=here.folder,
        timezone=here.zone,
        city_name="あかぎ市",
        issuers=(here.issuer_table(),),
        trusted_proxies=0,
        secret_file=here.folder / "secret",
        crx_key_file=here.crx_key,
        metrics_token_file=None,
        threads=128,
        demo=True,
    )


def _with_issuer(make: Callable[[], Flask], here: Premises) -> Any:
    """The product, and the issuer under /issuer."""
    app = make()
    services: Services = app.extensions["dokodemo"]
    year = fiscal_year_of(services.now().astimezone(services.city.zone).date())
    issuer = create_issuer(
        people=searching(demo_person(member) for member in people(year=year)),
        base_url=here.issuer_url,
        clients=here.clients(),
        key_path=here.issuer_key,
    )
    return DispatcherMiddleware(app, {"/issuer": issuer})
