"""Found the demo city: its files go through the real importers, its roles and settings through the real actions."""

from datetime import UTC, datetime

from dokodemo.actions import Services, calendar, import_people, import_tables, import_units, roles, settings
from dokodemo.actions.audit import OPERATOR
from dokodemo.actions.people import is_founded
from dokodemo.actions.roles import Wish
from dokodemo.demo.cast import cast
from dokodemo.demo.clock import past_working_days
from dokodemo.demo.ledger import devices_csv, machines
from dokodemo.demo.networks import networks_csv
from dokodemo.demo.premises import Premises
from dokodemo.demo.roster import fiscal_year_of, people, proxies, roster_csv
from dokodemo.demo.tree import units_csv
from dokodemo.domain import access
from dokodemo.domain.access import Role
from dokodemo.domain.calendar import DayKind, Override
from dokodemo.domain.settings import Layer

SPECIAL = Override(DayKind.SPECIAL_OPEN, "デモの開庁日")


def found(services: Services, here: Premises, *, keep: bool) -> None:
    """Fill an empty database; with ``keep`` one that is filled already only gets today as a working day."""
    _open_days(services, here)
    if keep and is_founded(services):
        return
    today = services.now().astimezone(services.city.zone).date()
    year = fiscal_year_of(today)
    import_units.apply(services, OPERATOR, units_csv(today.replace(year=year, month=4, day=1)))
    report = import_people.apply(services, OPERATOR, roster_csv(people(year=year)))
    if report.plan.problems:
        raise AssertionError(f"the demo's own roster is refused: {report.plan.problems[0].en}")
    import_tables.import_networks(services, OPERATOR, networks_csv())
    import_tables.import_devices(services, OPERATOR, devices_csv(machines()))
    _cast_roles(services, here)
    _publish(services)


def _open_days(services: Services, here: Premises) -> None:
    """Today and the replayed days are working days, whatever the real calendar says."""
    now = datetime.now(UTC)
    days = [now.astimezone(services.city.zone), *past_working_days(now, here.zone)]
    for day in days:
        calendar.set_day(services, OPERATOR, day.date(), SPECIAL)


def _cast_roles(services: Services, here: Premises) -> None:
    actors = cast(here.zone)
    operator = access.operator(services.now().astimezone(services.city.zone).date())
    for part, role in (("IT", Role.IT), ("personnel", Role.PERSONNEL)):
        wish = Wish(role, second_person=actors["section head"].staff_number, reason="デモ")
        roles.grant(services, OPERATOR, operator, actors[part].staff_number, wish)
    today = services.now().astimezone(services.city.zone).date()
    for member in proxies(people(year=fiscal_year_of(today))):
        wish = Wish(Role.PROXY, unit_code=member.section_code, reason="デモ")
        roles.grant(services, OPERATOR, operator, member.staff_number, wish)


def _publish(services: Services) -> None:
    links = [
        {"title": "庁内ポータル", "url": "https://portal.city.akagi.example/"},
        {"title": "例規集", "url": "https://reiki.city.akagi.example/"},
        {"title": "どこでも 今日", "url": f"{services.city.public_url}/today"},
    ]
    changes = [
        settings.Change(Layer.ORGANISATION, "", "board.open", value=True),
        settings.Change(Layer.ORGANISATION, "", "portal.links", value=links),
        settings.Change(Layer.ORGANISATION, "", "activity.away_after_minutes", value=10, locked=True),
        settings.Change(
            Layer.UNIT, "020300", "portal.links",
            value=[{"title": "端末管理の手引", "url": "https://portal.city.akagi.example/devices"}],
        ),
    ]  # fmt: skip
    settings.publish(services, changes, by=OPERATOR, comment="デモの初期設定")
