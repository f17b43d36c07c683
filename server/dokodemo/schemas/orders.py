"""The result of an order."""

from marshmallow import EXCLUDE, Schema, fields, validate

from dokodemo.schemas.texts import at_most


class OrderResultSchema(Schema):
    """What became of an order."""

    class Meta:
        """A newer extension may say more."""

        unknown = EXCLUDE

    state = fields.String(required=True, validate=validate.OneOf(("done", "failed", "unsupported")))
    detail = fields.String(allow_none=True, load_default=None, validate=at_most(500))
