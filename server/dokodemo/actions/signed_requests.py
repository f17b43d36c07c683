"""What the web ring needs of signatures, which it may not import itself."""

from dokodemo.crypto.signatures import SignedRequest, authority_of

__all__ = ["SignedRequest", "authority_of"]
