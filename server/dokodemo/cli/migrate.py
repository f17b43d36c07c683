"""``dokodemo migrate``: bring the tables to this version."""

import click

from dokodemo.cli.installation import configured, opened
from dokodemo.serving import is_served
from dokodemo.store import schema


@click.command()
@click.option("--to", default="head", show_default=True, help="Revision to reach.")
def migrate(*, to: str) -> None:
    """Bring the tables to this version. The embedded server does this by itself at its start."""
    config = configured()
    if config.embedded and is_served(config.data_dir):
        raise click.ClickException("the installation is being served: stop it first")
    with opened(config) as operator:
        before = schema.revision(operator.services.database)
        schema.migrate(operator.services.database, to=to)
        click.echo(f"{before or 'empty'} → {schema.revision(operator.services.database)}")
