"""Doors: HTTP and sockets. A view is a few decorators and one action or one read; it holds no rule and no SQL."""

from typing import cast

from flask import current_app

from dokodemo.actions import Services


def services() -> Services:
    """The installation that this request belongs to."""
    return cast(Services, current_app.extensions["dokodemo"])
