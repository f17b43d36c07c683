"""The only place where Flask is put together."""

from flask import Blueprint, Flask
from flask_smorest import Blueprint as SmorestBlueprint
from werkzeug.middleware.proxy_fix import ProxyFix

from dokodemo import metrics
from dokodemo.actions import Services
from dokodemo.config import Config
from dokodemo.live.rates import Rates
from dokodemo.web import auth, errors
from dokodemo.web.problems import ProblemApi
from dokodemo.web.short_road import ShortRoad

BODY_LIMIT = 128 * 1024  # bytes; PROTOCOL: more is 413 too_large


def create_app(services: Services, config: Config) -> Flask:
    """The WSGI application of one installation. Starts no thread and opens no connection."""
    app = Flask("dokodemo.web", static_folder="static", template_folder="templates")
    app.extensions["dokodemo"] = services
    app.extensions["dokodemo_config"] = config
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        API_TITLE="Dokodemo",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.extensions["dokodemo_rates"] = Rates()
    app.wsgi_app = ShortRoad(app, app.wsgi_app)  # type: ignore[method-assign]
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    metrics.install(app, config)
    auth.install(app)
    app.extensions["dokodemo_guards"]["api-docs.openapi_json"] = "public"
    api = ProblemApi(app)
    app.extensions["dokodemo_openapi"] = api.spec.to_dict
    errors.install(app)  # after Api, whose own handlers it replaces
    for blueprint in blueprints():
        if isinstance(blueprint, SmorestBlueprint):
            api.register_blueprint(blueprint)
        else:
            app.register_blueprint(blueprint)
    _install_pages(app)
    return app


def _install_pages(app: Flask) -> None:
    """Headers of every answer, what templates know, refusals as pages, and the sockets around the application."""
    from dokodemo.web import headers, sockets
    from dokodemo.web.pages import errors as error_pages
    from dokodemo.web.pages import frame

    headers.install(app)
    frame.install(app)
    error_pages.install(app)
    sockets.install(app)


def blueprints() -> list[Blueprint]:
    """Every noun of the web ring, in the order of the OpenAPI document."""
    from dokodemo.web import (
        acknowledgements,
        bindings,
        board,
        device_auth,  # noqa: F401 - device_auth registers guards
        device_sockets,
        events,
        extension,
        health,
        orders,
        people_auth,  # noqa: F401 - registers guards
        settings,
        sign_in,
        whereabouts,
    )
    from dokodemo.web.pages import api_docs, audit, days, home, today
    from dokodemo.web.pages import board as board_page

    return [
        bindings.blueprint, events.blueprint, settings.blueprint, orders.blueprint, acknowledgements.blueprint,
        health.blueprint, api_docs.blueprint, whereabouts.blueprint, board.blueprint, device_sockets.blueprint, sign_in.blueprint,
        extension.blueprint,
        home.blueprint, today.blueprint, board_page.blueprint, days.blueprint, audit.blueprint,
    ]  # fmt: skip
