"""What the views of the demo's issuer share."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app

from dokodemo.crypto.issuer_keys import IssuerKey
from dokodemo.demo.authorization import IssuerClient
from dokodemo.demo.issuer_people import DemoPerson, People
from dokodemo.demo.issuer_sessions import IssuerSessions
from dokodemo.demo.issuer_tokens import IssuerTokens


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer: where it is reached, for whom it speaks, to whom, and its memory."""

    base_url: str
    clients: Sequence[IssuerClient]
    people: People
    key: IssuerKey
    sessions: IssuerSessions
    tokens: IssuerTokens

    def person(self, number: str | None) -> DemoPerson | None:
        """The person with exactly this number."""
        return next((person for person in self.people(number) if person.number == number), None) if number else None


def here() -> Issuer:
    """The issuer of the application that answers now."""
    issuer: Issuer = current_app.extensions["issuer"]
    return issuer
