"""The server in one process: the real ingest, binding, worker duties and restore over a real SQLite database.

``Store`` stands where ``Database`` does and can die around a COMMIT, or let another request's transactions come between
what a group has read and its own.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event

from dokodemo.actions import Services, bindings, devices, ingest, observe, orders, restores
from dokodemo.actions.batches import Outcome, Signed
from dokodemo.actions.devices import Signer
from dokodemo.actions.ingest import Delivery, Left
from dokodemo.crypto.keys import jwk_of_point
from dokodemo.crypto.signatures import Signature, SignedRequest, check_created
from dokodemo.domain import base64url
from dokodemo.domain.errors import DokodemoError, ErrorCode, ForbiddenError, UnauthenticatedError
from dokodemo.domain.events import Place
from dokodemo.live.memory import MemoryLive
from dokodemo.schemas import batches
from dokodemo.store import Transaction
from dokodemo.store import bindings as keys_of_people
from dokodemo.store.engine import sqlite_module
from dokodemo.store.orders import give, is_open
from tests.device import Google
from tests.installation import build
from tests.people import add_person
from tests.simulation.clock import Agenda
from tests.simulation.outbox import Answer, Disk

# What a schedule writes, in an order in which rows can go; people and what they signed in with stay.
WRITTEN = (
    "events", "gaps", "observations", "sessions", "segments", "signed_batches", "evidence", "orders", "challenges",
    "journals", "bindings", "announcements", "audit", "audit_head", "installation",
)  # fmt: skip


class Died(BaseException):
    """The server's process is gone."""


class Store:
    """``Database`` for one life of the process."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self.dialect: str = database.dialect
        self.dies: str | None = None  # "before COMMIT" or "after COMMIT" of the next write transaction
        self.meanwhile: Callable[[], None] | None = None  # comes before the next write transaction

    def write(self, work: Callable[[Transaction], Any], *, single: bool = False) -> Any:
        if (meanwhile := self.meanwhile) is not None:
            self.meanwhile = None
            meanwhile()
        dies, self.dies = self.dies, None
        if dies == "before COMMIT":
            work = _doomed(work)
        result = self._database.write(work, single=single)
        if dies == "after COMMIT":
            raise Died
        return result

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        with self._database.read() as transaction:
            yield transaction

    @contextmanager
    def glance(self) -> Iterator[Transaction]:
        with self._database.glance() as transaction:
            yield transaction


def _doomed(work: Callable[[Transaction], Any]) -> Callable[[Transaction], Any]:
    def dying(transaction: Transaction) -> Any:
        work(transaction)
        raise Died

    return dying


@dataclass(slots=True)
class Request:
    """One signed request; ``nonce`` is made when a binding is first served. ``again``: it was served before."""

    disk: Disk
    signed: SignedRequest
    first_seq: int = 0
    count: int = 0
    alive: bool = True
    binds: bool = False
    replaces: UUID | None = None
    place: Place = Place.OFFICE
    nonce: str | None = None
    again: bool = False
    restores: int = 0  # before which this was sent
    told: bool = False  # no answer to it arrives
    headers: Mapping[str, str] = field(default_factory=dict)
    signature: Signature | None = None  # where it is not signed in earnest: what reading the signature would give


class Premises:
    """The database file and its people, which outlive schedules."""

    def __init__(self, folder: Path, people: int = 2) -> None:
        self.url = f"sqlite:///{folder}/dokodemo.sqlite3"
        self.installation = build(self.url, folder, google=Google())
        self.database: Any = self.installation.services.database
        self.emails = [f"person{n}@city.akagi.example" for n in range(people)]
        for email in self.emails:
            add_person(self.installation, email)
        self.connection = self.database.engine.connect()
        self.driver: Any = self.connection.connection.driver_connection

        @event.listens_for(self.database.engine, "connect")
        def hasten(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")  # the machine never dies here, only processes do

        self.driver.execute("PRAGMA synchronous=OFF")

    def empty(self) -> None:
        """Forget what the schedule before wrote."""
        cursor = self.driver.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        for table in WRITTEN:
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("COMMIT")
        cursor.close()

    def copy(self) -> Any:
        """A backup: the whole database as it stands."""
        memory = sqlite_module().connect(":memory:")
        self.driver.backup(memory)
        return memory

    def put_back(self, copy: Any) -> None:
        """Everything is as in the backup."""
        copy.backup(self.driver)
        copy.close()

    def close(self) -> None:
        self.connection.close()
        self.database.close()


class Server:
    """One process after the other over these premises."""

    def __init__(self, premises: Premises, clock: Agenda) -> None:
        self.premises = premises
        self.clock = clock
        self.lives = 0
        self.start()

    def start(self) -> None:
        """A new process: nothing is remembered but what was committed."""
        self.lives += 1
        self.store = Store(self.premises.database)
        services = self.premises.installation.services
        self.services: Services = replace(services, database=self.store, live=MemoryLive(), clock=self.clock)
        self.watching_since: datetime = self.clock()
        self.remembered: dict[str, UUID] = {}

    # ------------------------------------------------------------------------------------------------------ requests

    def answer_all(self, group: list[Request]) -> list[tuple[Request, Answer]]:
        """What came in together is served together, what that leaves alone, as ``web.short_road`` and Flask do."""
        answered = [(request, self.bind(request)) for request in group if request.binds]
        deliveries: list[tuple[Request, Delivery]] = []
        for request in group:
            if not request.binds:
                try:
                    deliveries.append((request, self.delivery(request)))
                except DokodemoError as error:
                    answered.append((request, refusal(error)))
        if len(deliveries) == 1:
            outcomes: list[Outcome | Left] = [Left()]
        else:
            outcomes = ingest.receive_together(self.services, [one for _, one in deliveries])
        for (request, delivery), outcome in zip(deliveries, outcomes, strict=True):
            answered.append((request, self._settled(request, delivery, outcome)))
        return answered

    def delivery(self, request: Request) -> Delivery:
        signer = devices.recognise(self.services, request.signed) if request.signature is None else self._known(request)
        signed = Signed(request.signed.body, request.headers)
        return Delivery(signer, batches.read(request.signed.body), signed, request.place)

    def _known(self, request: Request) -> Signer:
        """What ``devices.recognise`` says once the mathematics of the signature is right."""
        signature = request.signature
        assert signature is not None
        binding_id = self.remembered.get(signature.keyid)
        if binding_id is None:
            with self.services.glance() as transaction:
                key = keys_of_people.find_by_thumbprint(transaction, base64url.decode(signature.keyid))
            if key is None:
                raise UnauthenticatedError(ErrorCode.UNKNOWN_KEY)
            if key.status != "active":
                raise ForbiddenError(ErrorCode.REVOKED)
            binding_id = self.remembered[signature.keyid] = key.binding_id
        check_created(signature, self.services.now())
        return Signer(binding_id, signature)

    def _settled(self, request: Request, delivery: Delivery, outcome: Outcome | Left) -> Answer:
        if isinstance(outcome, Left):
            try:
                outcome = self.receive(replace(delivery, is_first=outcome.is_first))
            except DokodemoError as error:
                return refusal(error)
        waiting = self._orders(delivery.journal_id) if outcome.waiting else []
        refused = tuple(seq for seq, _ in outcome.refused)
        return Answer("receipt", outcome.next_seq, outcome.head, outcome.epoch, "rebind" in waiting, refused)

    def receive(self, delivery: Delivery) -> Outcome:
        return ingest.receive(self.services, delivery)

    def _orders(self, binding_id: UUID) -> list[str]:
        with self.services.read() as transaction:
            return [str(order["kind"]) for order in orders.open_orders(transaction, binding_id)]

    def bind(self, request: Request) -> Answer:
        """Challenge and binding in one step; the same request again has the same nonce."""
        jwk = jwk_of_point(request.disk.key.point)
        try:
            if request.nonce is None:
                request.nonce = bindings.challenge(self.services, jwk)
            said = json.loads(request.signed.body)
            token = json.dumps(said | {"nonce": request.nonce})
            asked = bindings.Request(jwk, token, request.nonce, request.replaces, {}, "1.0.0")
            key = bindings.bind(self.services, asked, request.signed).key
        except DokodemoError as error:
            return refusal(error)
        return Answer("bound", key.next_seq, key.head, key.epoch, binding_id=key.binding_id)

    # -------------------------------------------------------------------------------------- worker, operator, restore

    def flush(self) -> None:
        observe.flush_contacts(self.services)

    def write_silences(self) -> int:
        return observe.write_silences(self.services, self.watching_since)

    def order_rebind(self, binding_id: UUID) -> None:
        """IT asks a device to leave its key."""

        def work(transaction: Transaction) -> None:
            if not is_open(transaction, binding_id, "rebind"):
                give(transaction, binding_id, "rebind", {}, self.clock())

        self.services.write(work)

    def restore(self, copy: Any) -> None:
        """The database as it was, as a new epoch, and a new process over it."""
        self.premises.put_back(copy)
        self.start()
        restores.begin(self.services, lambda transaction: None, "copy")

    @property
    def lease(self) -> timedelta:
        return observe.LEASE


def refusal(error: DokodemoError) -> Answer:
    """A problem as the device reads it."""
    return Answer(str(error.code), int(str(error.fields.get("next_seq") or 0)))
