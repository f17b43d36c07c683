"""Batches and answers of POST /api/v1/events as schemas: the document's side of ``schemas.batches``."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, INCLUDE, Schema, fields, post_dump, validate

from dokodemo.domain.events import KIND
from dokodemo.schemas.batches import MOST_EVENTS

HEAD = validate.Regexp(r"^[A-Za-z0-9_-]{43}$")


class EventSchema(Schema):
    """One device event; members beyond these depend on the kind (``docs/protocol.md``)."""

    class Meta:
        """Members of kinds are kept."""

        unknown = INCLUDE

    seq = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    at = fields.String(required=True, metadata={"example": "2026-11-24T00:31:01.870Z"})
    kind = fields.String(required=True, validate=validate.Regexp(f"^{KIND.pattern}$"))


class BatchSchema(Schema):
    """Events in order, with where they join the chain. Without events it is a beat."""

    class Meta:
        """The device may say more than this server knows."""

        unknown = EXCLUDE

    first_seq = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    prev_head = fields.String(required=True, validate=HEAD)
    first_kept = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    alive = fields.Boolean(load_default=False)
    sent_at = fields.String()
    events = fields.List(fields.Nested(EventSchema), required=True, validate=validate.Length(max=MOST_EVENTS))


class RefusedSchema(Schema):
    """An event that lies in quarantine."""

    seq = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class OrderSchema(Schema):
    """Something the device is asked to do; further members depend on the kind."""

    class Meta:
        """Members of kinds are kept."""

        unknown = INCLUDE

    id = fields.UUID(required=True)
    kind = fields.String(required=True)

    @post_dump(pass_original=True)
    def with_members(self, dumped: dict[str, Any], order: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """The members of its kind beside id and kind."""
        return {**order, **dumped}


class StandingSchema(Schema):
    """What every answer to a device says."""

    epoch = fields.Integer(required=True)
    settings_etag = fields.String(required=True)
    orders = fields.List(fields.Nested(OrderSchema), required=True)
    next_beat_s = fields.Integer(required=True)
    server_time = fields.String(required=True)


class TakenSchema(StandingSchema):
    """The answer: everything below ``next_seq`` is durable."""

    next_seq = fields.Integer(required=True)
    head = fields.String(required=True, validate=HEAD)
    refused = fields.List(fields.Nested(RefusedSchema), required=True)
