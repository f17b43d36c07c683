"""JSON of declared whereabouts. Texts are judged by the domain, which names the field."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from dokodemo.domain.statuses import NEVER_DECLARED, Status
from dokodemo.domain.whereabouts import Via

DECLARED = tuple(str(status) for status in Status if status not in NEVER_DECLARED)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # arithmetic with later instants would run out of years


class InstantField(fields.AwareDateTime):
    """RFC 3339 with a zone; given out in UTC with milliseconds and ``Z``."""

    def __init__(self, **options: Any) -> None:
        super().__init__("iso", default_timezone=None, **options)

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **_: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        try:
            moment: datetime = super()._deserialize(value, attr, data, **options).astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("Not a date of any year.") from error
        if moment > LATEST:
            raise ValidationError("Not a date of any year.")
        return moment


class WhereaboutsSchema(Schema):
    """Body of PUT /api/v1/whereabouts. The sender makes ``id``, so a repeat changes nothing."""

    class Meta:
        """What a newer sender adds is dropped."""

        unknown = EXCLUDE

    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(DECLARED))
    made_at = InstantField(required=True)
    destination = fields.String(allow_none=True, validate=validate.Length(max=200))
    back_at = InstantField(allow_none=True)
    note = fields.String(allow_none=True, validate=validate.Length(max=200))
    from_at = InstantField(allow_none=True, data_key="from")
    until_at = InstantField(allow_none=True, data_key="until")
    for_person = fields.UUID(allow_none=True)
    over = fields.UUID(
        allow_none=True,
        metadata={"description": "The entry of somebody else, not two minutes old, that this one knowingly replaces."},
    )


class CurrentSchema(Schema):
    """One entry as given out."""

    id = fields.String(required=True, metadata={"format": "uuid"})
    person_id = fields.String(required=True, metadata={"format": "uuid"})
    status = fields.String(required=True, validate=validate.OneOf([str(status) for status in Status]))
    destination = fields.String(required=True, allow_none=True)
    back_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    note = fields.String(required=True, allow_none=True)
    from_at = fields.String(required=True, allow_none=True, data_key="from", attribute="from", metadata={"format": "date-time"})
    until = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    made_at = fields.String(required=True, metadata={"format": "date-time"})
    author_id = fields.String(required=True, metadata={"format": "uuid"})
    via = fields.String(required=True, validate=validate.OneOf([str(via) for via in Via]))
