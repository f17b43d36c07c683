"""JSON of the live board: facts already narrowed for whoever asks."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from dokodemo.domain.events import Place
from dokodemo.domain.facts import State
from dokodemo.schemas.whereabouts import CurrentSchema


def _time(**options: Any) -> fields.String:
    return fields.String(metadata={"format": "date-time"}, required=True, **options)


class FactsSchema(Schema):
    """One person's facts (PROTOCOL section 5)."""

    person_id = fields.String(required=True, metadata={"format": "uuid"})
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in State]))
    place = fields.String(required=True, allow_none=True, validate=validate.OneOf([str(place) for place in Place]))
    meeting = _time(allow_none=True)
    since = _time(allow_none=True)
    until = _time(allow_none=True)
    whereabouts = fields.Nested(CurrentSchema, required=True, allow_none=True)
    cleared_at = _time(allow_none=True)


class BoardSchema(Schema):
    """Facts since a cursor, or all of them (``full``)."""

    cursor = fields.String(required=True)
    full = fields.Boolean(required=True)
    facts = fields.List(fields.Nested(FactsSchema), required=True)
    server_time = _time()


class BoardQuerySchema(Schema):
    """Which unit, with everything below it, and since when."""

    class Meta:
        """Other parameters are left alone."""

        unknown = EXCLUDE

    unit = fields.String(required=True, validate=validate.Length(min=1, max=20))
    since = fields.String(load_default=None, validate=validate.Length(max=80))


class FoundPersonSchema(Schema):
    """One person as the search of the pages knows them."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    kana = fields.String(required=True)
    title = fields.String(required=True)
    extension = fields.String(required=True)
    unit_code = fields.String(required=True)
    unit = fields.String(required=True)


class PeopleIndexSchema(Schema):
    """Everybody whom the caller may see on a board, in the order of units and posts."""

    people = fields.List(fields.Nested(FoundPersonSchema), required=True)


class TicketSchema(Schema):
    """A one-use ticket for the doorbell."""

    ticket = fields.String(required=True)
    url = fields.String(required=True)
    expires_in = fields.Integer(required=True)
