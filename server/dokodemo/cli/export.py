"""``dokodemo export``: files out of the installation."""

import click

from dokodemo.cli import audit


@click.group(name="export")
def group() -> None:
    """Files for those who check and those who calculate."""


group.add_command(audit.export, "audit")
