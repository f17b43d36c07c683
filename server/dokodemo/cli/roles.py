"""``dokodemo roles``: giving roles, taking them back, and who holds what."""

from datetime import date

import click

from dokodemo.cli.import_ import Day
from dokodemo.domain.roles import GIVERS, Part, Role

ROLE = click.Choice([str(role) for role in GIVERS])


@click.group(name="roles")
def group() -> None:
    """Roles beside those that posts give (所属長 comes from the roster)."""


@group.command()
@click.argument("staff_number")
@click.argument("role", type=ROLE)
@click.option("--unit", metavar="CODE", help="Over this unit and everything below it.")
@click.option("--from", "valid_from", type=Day(), help="First day; today when left out.")
@click.option("--until", "last_day", type=Day(), help="Last day, inclusive; open when left out.")
@click.option("--second-person", metavar="STAFF_NUMBER", help="Who agreed: personnel and auditor need a second person.")
@click.option(
    "--part", default=str(Part.ALL), show_default=True, type=click.Choice([str(part) for part in Part]),
    help="How much of a 所属長's rights a stand-in gets: all, the live board, or days, months and corrections.",
)
@click.option("--reason", default="", help="Why; kept in the audit trail.")
def grant(
    staff_number: str,
    role: str,
    *,
    unit: str | None,
    valid_from: date | None,
    last_day: date | None,
    second_person: str | None,
    part: str,
    reason: str,
) -> None:  # fmt: skip
    """Give ROLE to the person with STAFF_NUMBER."""
    from dokodemo.actions import roles
    from dokodemo.cli.installation import ready

    with ready() as operator:
        wish = roles.Wish(Role(role), unit, valid_from, last_day, second_person, reason, Part(part))
        granted = roles.grant(operator.services, operator.actor, operator.viewer, staff_number, wish)
    until = f" – {last_day}" if last_day else " –"
    click.echo(
        f"{staff_number} {granted.person.name}: {role}{f' ({unit})' if unit else ''} {granted.grant.valid_from}{until}"
    )


@group.command()
@click.argument("staff_number")
@click.argument("role", type=ROLE)
@click.option("--unit", metavar="CODE", help="The grant over this unit.")
@click.option("--reason", default="", help="Why; kept in the audit trail.")
def revoke(staff_number: str, role: str, unit: str | None, reason: str) -> None:
    """Take ROLE back from the person with STAFF_NUMBER, at once."""
    from dokodemo.actions import roles
    from dokodemo.cli.installation import ready

    with ready() as operator:
        count = roles.revoke(
            operator.services, operator.actor, operator.viewer, staff_number, Role(role), unit_code=unit, reason=reason
        )
    click.echo(f"{staff_number}: {role} を解除しました（{count}件） revoked")


@group.command(name="list")
@click.option("--role", type=ROLE, help="This role alone.")
@click.option("--all", "show_all", is_flag=True, help="Also what is over or was taken back.")
def list_(role: str | None, show_all: bool) -> None:
    """Who holds which role today."""
    from rich.table import Table

    from dokodemo.actions import roles
    from dokodemo.actions.people import today
    from dokodemo.cli.import_reports import console
    from dokodemo.cli.installation import ready

    with ready() as operator:
        on = None if show_all else today(operator.services)
        rows = roles.listed(operator.services, role=Role(role) if role else None, on=on)
    table = Table(box=None, pad_edge=False)
    for heading in ("役割 role", "職員番号", "氏名", "組織 unit", "から from", "まで（その前日） to", "解除 revoked"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            str(row.grant.role) + ("" if row.grant.part is Part.ALL else f" ({row.grant.part})"), row.staff_number,
            row.name, row.grant.unit_code or "", str(row.grant.valid_from),
            str(row.grant.valid_to or ""), f"{row.revoked_at:%Y-%m-%d %H:%M}Z" if row.revoked_at else "",
        )  # fmt: skip
    console().print(table if rows else "役割の付与はありません。 No roles are granted.")
