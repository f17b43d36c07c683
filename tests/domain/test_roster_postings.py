"""Properties of postings under any sequence of orders."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dokodemo.domain.people import Employment, Posting, PostingKind, postings_on, unit_codes_on
from dokodemo.domain.posts import Post
from dokodemo.domain.roster import RosterRow, Second
from dokodemo.domain.roster_columns import CellError
from dokodemo.domain.roster_postings import after_row, ended, prolonged

TODAY = date(2026, 11, 24)
DAYS = [TODAY + timedelta(days=n) for n in range(-400, 401, 20)]
UNITS = ("010100", "010200", "010300")

days = st.sampled_from(DAYS)
seconds = st.builds(
    Second,
    st.sampled_from(UNITS),
    st.just(Post.CHIEF),
    st.sampled_from(["係長", "主幹"]),
    st.sampled_from([PostingKind.CONCURRENT, PostingKind.CROSS]),
)
rows = st.builds(
    RosterRow,
    line=st.just(2),
    staff_number=st.just("0000001"),
    name=st.just("名"),
    kana=st.just("メイ"),
    email=st.just("a@b.example"),
    unit_code=st.sampled_from(UNITS),
    unit_name=st.just(""),
    post=st.just(Post.STAFF),
    title=st.sampled_from(["主事", "主任"]),
    effective_on=days,
    order=st.sampled_from(["異動", "昇任", "育児休業", "復職"]),
    employment=st.just(Employment.REGULAR),
    pattern=st.none(),
    daily_minutes=st.none(),
    ends_on=st.none(),
    extension=st.just(""),
    seconds=st.lists(seconds, max_size=2, unique_by=lambda second: second.unit_code).map(tuple),
    released=st.sampled_from([(), ("*",)]),
    leaves=st.just(False),
)


def numbered(postings: tuple[Posting, ...]) -> tuple[Posting, ...]:
    taken = {posting.id for posting in postings}
    free = (UUID(int=n) for n in range(1, 1000) if UUID(int=n) not in taken)
    return tuple(posting if posting.id else replace(posting, id=next(free)) for posting in postings)


def applied(orders: list[RosterRow]) -> tuple[Posting, ...]:
    postings: tuple[Posting, ...] = ()
    for order in orders:
        try:
            postings = numbered(after_row(order, postings, today=TODAY))
        except CellError:
            continue
    return postings


@given(st.lists(rows, min_size=1, max_size=6))
def test_whatever_orders_come_there_is_exactly_one_main_posting_from_the_first_day_on(orders: list[RosterRow]) -> None:
    postings = applied(orders)
    first = min(posting.valid_from for posting in postings if posting.kind is PostingKind.MAIN)
    for day in DAYS:
        mains = [posting for posting in postings_on(postings, day) if posting.kind is PostingKind.MAIN]
        assert len(mains) == (day >= first)


@given(st.lists(rows, min_size=1, max_size=6))
def test_no_unit_is_held_twice_in_the_same_way_on_a_day(orders: list[RosterRow]) -> None:
    for day in DAYS:
        held = [(posting.unit_code, posting.kind is PostingKind.MAIN) for posting in postings_on(applied(orders), day)
                if posting.kind is not PostingKind.AWAY]  # fmt: skip
        assert len(held) == len(set(held))


@given(st.lists(rows, min_size=1, max_size=5), rows)
def test_an_order_for_today_or_later_changes_no_day_before_it(orders: list[RosterRow], order: RosterRow) -> None:
    postings = applied(orders)
    order = replace(order, effective_on=max(order.effective_on, TODAY))
    try:
        after = after_row(order, postings, today=TODAY)
    except CellError:
        return
    for day in DAYS:
        if day < order.effective_on and postings:
            assert postings_on(after, day) == tuple(
                replace(p, valid_to=next(q.valid_to for q in after if q.id == p.id)) for p in postings_on(postings, day)
            )


@given(st.lists(rows, min_size=1, max_size=5), rows)
def test_the_same_row_again_changes_nothing(orders: list[RosterRow], order: RosterRow) -> None:
    try:
        once = numbered(after_row(order, applied(orders), today=TODAY))
    except CellError:
        return
    assert after_row(order, once, today=TODAY) == once


@given(st.lists(rows, min_size=1, max_size=5), days)
def test_who_leaves_is_nowhere_from_that_day_on_and_everywhere_as_before_until_then(
    orders: list[RosterRow], end: date
) -> None:
    postings = applied(orders)
    after = ended(postings, end)
    for day in DAYS:
        assert unit_codes_on(after, day) == (unit_codes_on(postings, day) if day < end else ())


@given(st.lists(rows, min_size=1, max_size=5), days)
def test_an_end_that_is_taken_back_leaves_what_was(orders: list[RosterRow], end: date) -> None:
    postings = tuple(
        posting for posting in applied(orders) if posting.valid_from < end and posting.valid_to in (None, end)
    )
    assert prolonged(prolonged(postings, None, end), end, None) == tuple(
        replace(posting, valid_to=None) for posting in postings
    )
