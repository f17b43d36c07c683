"""The form of a refusal (RFC 9457)."""

from marshmallow import INCLUDE, Schema, fields, validate

from dokodemo.domain.errors import ErrorCode


class ProblemSchema(Schema):
    """A problem document; further members belong to single codes (``server_time``, ``next_seq``, ``retry_after`` …)."""

    class Meta:
        """Members of single codes are kept."""

        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, validate=validate.OneOf([str(code) for code in ErrorCode]))
    detail = fields.String()
