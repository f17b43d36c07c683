"""``dokodemo settings``: publish a value for a layer, take it back, and see what holds for somebody and why."""

import json
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import click

from dokodemo.domain.errors import ErrorCode, InvalidError
from dokodemo.domain.setting_catalogue import CATALOGUE, setting_of
from dokodemo.domain.settings import Layer

LAYERS = [str(layer) for layer in (Layer.ORGANISATION, Layer.UNIT, Layer.PERSON, Layer.DEVICE)]
LAYER = click.option("--layer", type=click.Choice(LAYERS), default="organisation", show_default=True)
SUBJECT = click.option(
    "--subject", default="", metavar="CODE", help="The unit's code, the staff number, or the device's serial or asset id."
)
COMMENT = click.option("--comment", default="", help="Why; kept with the revision and in the audit trail.")
MOMENT = "YYYY-MM-DD[THH:MM]"


@click.group(name="settings")
def group() -> None:
    """Settings in layers: organisation, unit, person, device."""


@group.command(name="set")
@click.argument("key")
@click.argument("value")
@LAYER
@SUBJECT
@click.option("--lock", is_flag=True, help="More particular layers cannot change it.")
@click.option("--from", "begins", metavar=MOMENT, help="City time; now when left out.")
@click.option("--until", "ends", metavar=MOMENT, help="City time; a day is the last day. Afterwards what held before.")
@COMMENT
def set_(
    key: str, value: str, layer: str, subject: str, lock: bool, begins: str | None, ends: str | None, comment: str
) -> None:
    """Publish VALUE of KEY (lists as JSON) as one revision."""
    from dokodemo.actions.settings import Change, publish, subject_named
    from dokodemo.cli.installation import ready

    with ready() as operator:
        zone = operator.services.city.zone
        change = Change(
            Layer(layer), subject_named(operator.services, Layer(layer), subject), key, setting_of(key).form.read(value),
            lock, valid_from=moment(begins, zone), valid_until=moment(ends, zone, last_day=True),
        )  # fmt: skip
        revision = publish(operator.services, [change], by=operator.actor, comment=comment)
    click.echo(f"公開しました published: {key} = {shown(change.value)} · {layer} {subject}".rstrip() + f" · {number(revision)}")


@group.command()
@click.argument("key")
@LAYER
@SUBJECT
@COMMENT
def unset(key: str, layer: str, subject: str, comment: str) -> None:
    """Take back everything that the layer's subject has of KEY; the layers above it decide again."""
    from dokodemo.actions.settings import Change, publish, subject_named
    from dokodemo.cli.installation import ready

    with ready() as operator:
        named = subject_named(operator.services, Layer(layer), subject)
        change = Change(Layer(layer), named, key, remove=True)
        revision = publish(operator.services, [change], by=operator.actor, comment=comment)
    click.echo(f"取り消しました removed: {key} · {layer} {subject}".rstrip() + f" · {number(revision)}")


@group.command()
@click.argument("staff_number")
@click.option("--device", default="", metavar="SERIAL", help="On this device; without it, on no device in particular.")
def show(staff_number: str, device: str) -> None:
    """What holds for the person with STAFF_NUMBER, and who decided it."""
    from uuid import UUID

    from dokodemo.actions.effective_settings import explained
    from dokodemo.actions.settings import subject_named
    from dokodemo.cli.import_reports import console
    from dokodemo.cli.installation import ready

    with ready() as operator:
        person_id = UUID(subject_named(operator.services, Layer.PERSON, staff_number))
        device_id = UUID(subject_named(operator.services, Layer.DEVICE, device)) if device else None
        rows = explained(operator.services, person_id, device_id)
    table = new_table("項目 key", "値 value", "決めた層 layer", "固定 lock", "経緯 decisions")
    for row in rows:
        way = " → ".join(f"{each.layer} {shown(each.value)}" for each in row.decisions) if len(row.decisions) > 1 else ""
        held = row.resolved
        value = shown(held.value) if held else "（ブラウザーのまま the browser's own）"
        table.add_row(row.setting.key, value, str(held.layer) if held else "", "固定" if held and held.locked else "", way)
    console().print(table)


@group.command(name="list")
@click.option("--entries", is_flag=True, help="What was published and still stands, instead of the catalogue.")
def list_(entries: bool) -> None:
    """The catalogue: every key, what it may be, its default, where it can be set."""
    from dokodemo.cli.import_reports import console

    console().print(_published() if entries else _catalogue())


def _catalogue() -> Any:
    table = new_table("項目 key", "名前 name", "値 value", "既定 default", "層 layers")
    for setting in CATALOGUE.values():
        layers = [str(layer) for layer in Layer if layer in setting.layers] + (["self"] if setting.by_person else [])
        default = "" if setting.default is None else shown(setting.default)
        table.add_row(setting.key, " ".join(setting.names), setting.form.words[1], default, ", ".join(layers))
    return table


def _published() -> Any:
    from dokodemo.actions.settings import standing_entries
    from dokodemo.cli.installation import ready

    with ready() as operator:
        rows, zone = standing_entries(operator.services), operator.services.city.zone
    table = new_table("項目 key", "層 layer", "対象 subject", "値 value", "固定 lock", "期間 dates", "版 revision")
    for entry, name in rows:
        until = f"{entry.valid_until.astimezone(zone):%Y-%m-%d %H:%M}" if entry.valid_until else ""
        table.add_row(
            entry.key, f"{entry.layer}{' (self)' if entry.origin == 'self' else ''}", name, shown(entry.value),
            "固定" if entry.locked else "", f"{entry.valid_from.astimezone(zone):%Y-%m-%d %H:%M} – {until}".rstrip(),
            str(entry.revision),
        )  # fmt: skip
    return table


def new_table(*headings: str) -> Any:
    """A plain table."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def shown(value: Any) -> str:
    """A value as a person reads and types it."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:200] + "…"


def number(revision: tuple[int, int]) -> str:
    """A revision in words."""
    return f"版 revision {revision[0]}.{revision[1]}"


def moment(text: str | None, zone: tzinfo, *, last_day: bool = False) -> datetime | None:
    """A moment in city time; of an end given as a day, the midnight after it."""
    if text is None:
        return None
    try:
        if len(text) > 10:
            return datetime.fromisoformat(text).replace(tzinfo=zone)
        return datetime.combine(date.fromisoformat(text) + timedelta(days=last_day), time(), tzinfo=zone)
    except ValueError as error:
        raise InvalidError(ErrorCode.INVALID, f"{text!r} is no moment of the form {MOMENT}") from error
