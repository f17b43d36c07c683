"""What a person has read and confirmed."""

from marshmallow import EXCLUDE, Schema, fields, validate

from dokodemo.schemas.whereabouts import InstantField


class AcknowledgementSchema(Schema):
    """「確認しました」: which document, which version of it, when."""

    class Meta:
        """A newer extension may say more."""

        unknown = EXCLUDE

    document = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9_]{0,39}$(?!\n)"))
    version = fields.Integer(required=True, validate=validate.Range(min=1, max=2**31 - 1))
    at = InstantField(required=True)
