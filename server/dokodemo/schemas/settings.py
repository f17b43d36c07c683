"""Bodies of the settings doors and of the person's acknowledgement."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from dokodemo.domain.settings import Layer
from dokodemo.schemas.texts import at_most

KEY = validate.Regexp(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$(?!\n)", error="a key like portal.links")
RESULT_STATES = ("applied", "unsupported", "overruled", "failed")
DETAIL_MAX = 500
JSON_TYPES = ["string", "number", "boolean", "array", "object", "null"]


class RevisionField(fields.Field[tuple[int, int]]):
    """``[epoch, n]``."""

    default_error_messages = {"invalid": "Not of the form [epoch, n]."}

    def __init__(self, **members: Any) -> None:
        members.setdefault("metadata", {
            "type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2,
            "description": "[epoch, n]; never goes back on a device",
        })  # fmt: skip
        super().__init__(**members)

    def _serialize(self, value: Any, *_: Any, **__: Any) -> list[int]:
        return list(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[int, int]:
        numbers = value if isinstance(value, list) else []
        if len(numbers) != 2 or not all(type(each) is int and 0 <= each < 2**31 for each in numbers):
            raise self.make_error("invalid")
        return numbers[0], numbers[1]


class ValueSchema(Schema):
    """One value and who decided it."""

    value = fields.Raw(required=True, metadata={"type": JSON_TYPES, "description": "of the form that docs/settings.md gives"})
    layer = fields.String(required=True, validate=validate.OneOf([str(layer) for layer in Layer]))
    locked = fields.Boolean(required=True)
    origins = fields.List(
        fields.String(validate=validate.OneOf([str(layer) for layer in Layer])),
        metadata={"description": "of merged lists: the layer of each element"},
    )


class SettingsSchema(Schema):
    """Everything that holds for the caller on this device."""

    revision = RevisionField(required=True)
    etag = fields.String(required=True)
    values = fields.Dict(keys=fields.String(), values=fields.Nested(ValueSchema), required=True)


class ResultSchema(Schema):
    """What became of one setting."""

    class Meta:
        """A newer extension may say more."""

        unknown = EXCLUDE

    key = fields.String(required=True, validate=[KEY, validate.Length(max=100)])
    state = fields.String(required=True, validate=validate.OneOf(RESULT_STATES))
    detail = fields.String(allow_none=True, load_default=None, validate=at_most(DETAIL_MAX))


class ResultsSchema(Schema):
    """What became of the settings of a revision."""

    class Meta:
        """A newer extension may say more."""

        unknown = EXCLUDE

    revision = RevisionField(required=True)
    results = fields.List(fields.Nested(ResultSchema), required=True, validate=validate.Length(max=200))

    @post_load
    def rows(self, members: dict[str, Any], **_: Any) -> dict[str, Any]:
        """(key, state, detail) each."""
        return members | {"results": [(each["key"], each["state"], each["detail"]) for each in members["results"]]}
