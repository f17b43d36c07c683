"""``dokodemo people``: decisions about single people."""

import click


@click.group(name="people")
def group() -> None:
    """Single people of the roster."""


@group.command()
@click.argument("staff_number")
@click.option(
    "--issuer", required=True, help="The issuer's address, as in the configuration (https://accounts.google.com)."
)
@click.option(
    "--subject", help="Bind this subject at once; without it the next sign-in with the person's address binds."
)
@click.option("--reason", default="", help="Why; kept in the audit trail.")
def relink(staff_number: str, issuer: str, subject: str | None, reason: str) -> None:
    """Undo which account of an issuer the person with STAFF_NUMBER is (after identity_conflict)."""
    from dokodemo.actions import people
    from dokodemo.cli.installation import ready

    with ready() as operator:
        people.relink(operator.services, operator.actor, staff_number, issuer, subject=subject, reason=reason)
    click.echo(
        f"{staff_number}: 次のサインインで結び直します。 The next sign-in binds anew."
        if subject is None
        else f"{staff_number}: {subject}"
    )
