"""The chain of the trail."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokodemo.domain.audit import GENESIS, Actor, Draft, Entry, Head, Tag, Via, chained, digest_of_looks, verify

AT = datetime(2026, 11, 24, 0, 0, 0, 123456, tzinfo=UTC)


def entries(count: int = 5) -> list[Entry]:
    drafts = [
        Draft(
            AT + timedelta(seconds=n),
            Tag.ROLE_GRANTED,
            Actor("operator", "operator", Via.CLI),
            {"after": {"n": n}},
            bytes([n] * 16),
            UUID(int=n + 1),
            "020300",
        )
        for n in range(count)
    ]
    return list(chained(Head(), drafts))


def test_an_unaltered_chain_verifies_and_names_its_head() -> None:
    chain = entries()
    found = verify(chain)
    assert (found.count, found.erased, found.broken, found.head) == (5, 0, None, Head(5, chain[-1].hash))


def test_numbers_follow_and_the_first_follows_zeros() -> None:
    chain = entries()
    assert [1, 2, 3, 4, 5] == [entry.n for entry in chain]
    assert chain[0].previous == GENESIS
    assert [entry.hash for entry in chain[:-1]] == [entry.previous for entry in chain[1:]]


@pytest.mark.parametrize(
    "change",
    [
        {"at": AT - timedelta(microseconds=1)},
        {"tag": str(Tag.ROLE_REVOKED)},
        {"actor": "worker"},
        {"actor_role": "it"},
        {"subject_id": UUID(int=99)},
        {"subject_id": None},
        {"unit_code": "010000"},
        {"via": "page"},
        {"payload": {"after": {"n": 9}}},
        {"salt": bytes(16)},
        {"digest": bytes(32)},
        {"previous": bytes(32)},
        {"hash": bytes(32)},
        {"payload": None},
        {"salt": None},
        {"n": 4},
    ],
)
def test_any_altered_field_breaks_the_chain_at_that_entry(change: dict[str, Any]) -> None:
    chain = entries()
    chain[2] = replace(chain[2], **change)
    assert verify(chain).broken == 3


def test_a_missing_entry_breaks_the_chain_where_it_should_stand() -> None:
    chain = entries()
    assert verify(chain[:2] + chain[3:]).broken == 3
    assert verify(chain[1:]).broken == 1


def test_an_erased_entry_still_verifies_and_is_counted() -> None:
    chain = entries()
    chain[1] = replace(chain[1], payload=None, salt=None)
    found = verify(chain)
    assert (found.broken, found.erased) == (None, 1)


def test_a_part_of_the_chain_verifies_after_its_predecessor() -> None:
    chain = entries()
    assert verify(chain[3:], after=Head(3, chain[2].hash)).broken is None


@given(st.integers(0, 4), st.integers(0, 4))
def test_swapped_entries_never_verify(one: int, other: int) -> None:
    chain = entries()
    chain[one], chain[other] = chain[other], chain[one]
    assert (verify(chain).broken is None) == (one == other)


def test_equal_contents_with_different_salts_have_different_digests() -> None:
    chain = list(
        chained(
            Head(), [Draft(AT, Tag.ROLE_GRANTED, Actor("operator", "", Via.CLI), {}, bytes([n] * 16)) for n in (1, 2)]
        )
    )
    assert chain[0].digest != chain[1].digest


def test_the_digest_of_looks_does_not_depend_on_their_order() -> None:
    looks = [{"viewer_id": "a", "count": 1}, {"viewer_id": "b", "count": 2}]
    assert digest_of_looks(looks) == digest_of_looks(looks[::-1])
    assert digest_of_looks(looks) != digest_of_looks(looks[:1])
