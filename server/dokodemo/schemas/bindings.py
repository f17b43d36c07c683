"""Bodies of the binding doors."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from dokodemo.schemas.events import HEAD, StandingSchema
from dokodemo.schemas.texts import WITHOUT_NUL, at_most


class KeySchema(Schema):
    """A public key as JWK (RFC 7517); further members are ignored, ``d`` is refused by the key's own check."""

    class Meta:
        """Judged by ``crypto.keys.point_of_jwk``, which must see every member."""

        unknown = "include"

    kty = fields.Raw(allow_none=True, metadata={"type": "string", "example": "EC"})
    crv = fields.Raw(allow_none=True, metadata={"type": "string", "example": "P-256"})
    x = fields.Raw(allow_none=True, metadata={"type": "string"})
    y = fields.Raw(allow_none=True, metadata={"type": "string"})


class ChallengeSchema(Schema):
    """Ask for a nonce."""

    class Meta:
        """The device may say more than this server knows."""

        unknown = EXCLUDE

    public_key = fields.Nested(KeySchema, required=True)


class NonceSchema(Schema):
    """The nonce for the sign-in; ``verified_access_challenge`` comes with attestation."""

    nonce = fields.String(required=True)
    verified_access_challenge = fields.String()
    expires_in = fields.Integer(required=True, metadata={"description": "seconds"})


class DeviceSchema(Schema):
    """What a device knows of itself; each member may be null."""

    class Meta:
        """The device may say more than this server knows."""

        unknown = EXCLUDE

    directory_id = fields.String(allow_none=True, load_default=None, validate=at_most(200))
    serial = fields.String(allow_none=True, load_default=None, validate=at_most(200))
    asset_id = fields.String(allow_none=True, load_default=None, validate=at_most(200))
    annotated_location = fields.String(allow_none=True, load_default=None, validate=at_most(200))
    hostname = fields.String(allow_none=True, load_default=None, validate=at_most(200))
    model = fields.String(allow_none=True, load_default=None, validate=at_most(200))
    os_version = fields.String(allow_none=True, load_default=None, validate=at_most(200))
    platform = fields.String(allow_none=True, load_default=None, validate=at_most(200))


class BindingSchema(Schema):
    """Bind the key that signed the request."""

    class Meta:
        """The device may say more than this server knows."""

        unknown = EXCLUDE

    public_key = fields.Nested(KeySchema, required=True)
    id_token = fields.String(required=True)
    nonce = fields.String(required=True, validate=WITHOUT_NUL)
    replaces = fields.UUID(allow_none=True, load_default=None)
    device = fields.Nested(DeviceSchema, required=True)
    extension_version = fields.String(allow_none=True, load_default=None, validate=at_most(40))
    verified_access_response = fields.String(allow_none=True, load_default=None)

    @post_load
    def without_place_holder(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Attestation is read once it is judged; until then it is not kept."""
        data.pop("verified_access_response", None)
        return data


class PersonSchema(Schema):
    """Whom the key belongs to, for the popup."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)


class BoundSchema(StandingSchema):
    """The binding, and where its journal stands."""

    binding_id = fields.UUID(required=True)
    device_id = fields.UUID(required=True, allow_none=True)
    person = fields.Nested(PersonSchema, required=True)
    trust = fields.String(required=True, validate=validate.OneOf(["attested", "managed", "unmanaged"]))
    next_seq = fields.Integer(required=True)
    head = fields.String(required=True, validate=HEAD)
