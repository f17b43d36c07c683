"""``dokodemo audit``: the trail as a file, and whether its chain holds."""

from datetime import date, datetime, time
from pathlib import Path

import click

from dokodemo.cli.import_ import Day


@click.group(name="audit")
def group() -> None:
    """The audit trail."""


@group.command()
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A new file; standard output when left out."
)
@click.option("--from", "first_day", type=Day(), help="From this day of the city on.")
@click.option("--until", "last_day", type=Day(), help="Until this day, inclusive.")
def export(output: Path | None, first_day: date | None, last_day: date | None) -> None:
    """Write the trail as JSON Lines, oldest first. The export is itself an entry."""
    import sys
    from datetime import timedelta

    from dokodemo.actions import audit
    from dokodemo.cli.installation import ready

    with ready() as operator:
        zone = operator.services.city.zone
        filters = audit.Filters(
            begins_at=datetime.combine(first_day, time(), tzinfo=zone) if first_day else None,
            ends_at=datetime.combine(last_day + timedelta(days=1), time(), tzinfo=zone) if last_day else None,
        )
        lines = audit.export_as(operator.services, operator.actor, filters)
        if output is None:
            sys.stdout.writelines(f"{line}\n" for line in lines)
        else:
            with output.open("x", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
            click.echo(f"{output}", err=True)


@group.command()
def verify() -> None:
    """Walk the chain; exit 1 and the first broken number when an entry was altered or is missing."""
    from dokodemo.actions import audit
    from dokodemo.cli.installation import failed, ready

    with ready() as operator:
        found = audit.verify_chain(operator.services)
    if found.broken is None:
        click.echo(f"連鎖 正常 {found.count:,}件 / the chain holds: {found.count:,} entries, {found.erased:,} erased")
        return
    click.echo(f"連鎖 異常: {found.broken}番 / the chain is broken at entry {found.broken}")
    failed()
