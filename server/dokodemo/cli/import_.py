"""``dokodemo import``: rosters, units, networks and the device ledger from files."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from dokodemo.domain.japanese_dates import DateError, parse

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
PREVIEW = click.option("--preview", is_flag=True, help="Say what would change and change nothing.")


class Day(click.ParamType[date]):
    """A day in any form that ``japanese_dates`` reads."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error."""
        if isinstance(value, date):
            return value
        try:
            return parse(value)
        except DateError as error:
            self.fail(f"{error.ja} / {error.en}", param, ctx)


@click.group(name="import")
def group() -> None:
    """Take in files: all of a file or nothing of it."""


@group.command()
@FILE
@PREVIEW
@click.option("--missing-left", type=Day(), help="Last day of the people whom the file does not name (a full file).")
@click.option("--confirm", default="", help="The word 適用, when unusually many leave or move.")
@click.option("--second-person", metavar="STAFF_NUMBER", help="Who agreed, when unusually many leave or move.")
@click.option("--all", "show_all", is_flag=True, help="Show every change instead of the first 20.")
def people(
    file: Path, preview: bool, missing_left: date | None, confirm: str, second_person: str | None, show_all: bool
) -> None:
    """Take in a roster FILE (職員名簿, CSV in UTF-8 or CP932)."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from dokodemo.actions import import_people
    from dokodemo.actions.import_people import Consent
    from dokodemo.cli import import_reports
    from dokodemo.cli.installation import failed, ready

    data = file.read_bytes()
    with ready() as operator:
        if preview:
            report = import_people.preview(operator.services, data, missing_left_on=missing_left)
        else:
            bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            with Progress(*bar, console=import_reports.console()) as shown:
                tasks: dict[str, Any] = {}

                def progress(what: str, done: int, of: int) -> None:
                    if what not in tasks:
                        tasks[what] = shown.add_task(import_reports.STEPS[what], total=None)
                    shown.update(tasks[what], total=of, completed=done)

                consent = Consent(missing_left, confirm, second_person)
                report = import_people.apply(
                    operator.services, operator.actor, data, consent=consent, progress=progress
                )
    import_reports.people(file.name, report, show_all=show_all)
    if report.plan.problems:
        failed()


@group.command()
@FILE
@PREVIEW
def units(file: Path, preview: bool) -> None:
    """Take in a FILE of units (組織コード, 名称, 親コード, 区分, 適用開始日, 適用終了日, 旗)."""
    from dokodemo.actions import import_units
    from dokodemo.cli import import_reports
    from dokodemo.cli.installation import failed, ready

    data = file.read_bytes()
    with ready() as operator:
        if preview:
            report = import_units.preview(operator.services, data)
        else:
            report = import_units.apply(operator.services, operator.actor, data)
    import_reports.units(file.name, report)
    if report.plan.problems:
        failed()


@group.command()
@FILE
@PREVIEW
def networks(file: Path, preview: bool) -> None:
    """Take in the table of networks (網, 場所, 拠点名): it replaces the one before."""
    from dokodemo.actions.import_tables import import_networks
    from dokodemo.cli import import_reports
    from dokodemo.cli.installation import failed, ready

    with ready() as operator:
        report = import_networks(operator.services, operator.actor, file.read_bytes(), preview=preview)
    import_reports.table(file.name, report, missing="削除 removed")
    if report.problems:
        failed()


@group.command()
@FILE
@PREVIEW
def devices(file: Path, preview: bool) -> None:
    """Take in the device ledger (ディレクトリID, シリアル番号, 資産管理番号, 機種, 所属コード, 区分)."""
    from dokodemo.actions.import_tables import import_devices
    from dokodemo.cli import import_reports
    from dokodemo.cli.installation import failed, ready

    with ready() as operator:
        report = import_devices(operator.services, operator.actor, file.read_bytes(), preview=preview)
    import_reports.table(file.name, report, missing="ファイルにない not in the file")
    if report.problems:
        failed()
