"""``dokodemo rebuild``: read the logs again and compare, or repair."""

import click
from rich.console import Console
from rich.progress import track

from dokodemo.actions import rebuild as rebuilding
from dokodemo.cli.installation import opened


@click.command()
@click.option("--repair", is_flag=True, help="Replace stored readings that differ.")
def rebuild(*, repair: bool) -> None:
    """Build every session again from the logs and say where the stored reading differs (exit 1 if any does)."""
    console = Console(stderr=True)
    different = 0
    total = 0
    with opened() as operator:
        for journal, equal in track(rebuilding.rebuild(operator.services, repair=repair), "記録帳 journals", console=console):
            total += 1
            if not equal:
                different += 1
                click.echo(f"different: {journal}")
    click.echo(f"{total} journals, {different} different" + (", repaired" if repair and different else ""))
    if different and not repair:
        raise SystemExit(1)
