"""Rooms: what a viewer listens in and where a person's facts go meet exactly where the view allows it."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dokodemo.domain.board_rooms import covering, rooms_of
from dokodemo.domain.facts import View
from dokodemo.domain.units import Level, Tree, Unit

DAY = date(2026, 11, 24)


def tree(parents: dict[str, str | None]) -> Tree:
    return Tree([Unit(code, code, Level.SECTION, parent, DAY) for code, parent in parents.items()], DAY)


CITY = tree({"1": None, "11": "1", "12": "1", "111": "11", "112": "11"})


def test_one_view_of_a_whole_branch_is_one_room() -> None:
    assert {("1", "all", View.COLLEAGUE)} == covering(CITY, "1", lambda _: View.COLLEAGUE)


def test_a_head_of_one_section_hears_the_rest_as_a_colleague() -> None:
    views = {"1": View.COLLEAGUE, "11": View.HEAD, "111": View.HEAD, "112": View.HEAD, "12": View.COLLEAGUE}
    assert {("1", "own", View.COLLEAGUE), ("11", "all", View.HEAD), ("12", "all", View.COLLEAGUE)} == covering(
        CITY, "1", views.get
    )


def test_what_may_not_be_seen_is_in_no_room() -> None:
    views = {"11": View.HEAD, "111": View.HEAD}
    assert {("11", "own", View.HEAD), ("111", "all", View.HEAD)} == covering(CITY, "11", views.get)
    assert frozenset() == covering(CITY, "12", lambda _: None)


@st.composite
def cities(draw: st.DrawFn) -> tuple[Tree, dict[str, View]]:
    size = draw(st.integers(1, 12))
    parents: dict[str, str | None] = {"0": None}
    for number in range(1, size):
        parents[str(number)] = str(draw(st.integers(0, number - 1)))
    views = {
        code: view
        for code in parents
        if (view := draw(st.sampled_from([View.HEAD, View.COLLEAGUE, None]))) is not None
    }
    return tree(parents), views


@given(cities(), st.data())
def test_a_person_is_heard_in_exactly_the_views_of_their_units(city: tuple[Tree, dict[str, View]], data: st.DataObject) -> None:
    units, views = city
    root = data.draw(st.sampled_from(sorted(units.units)))
    posts = data.draw(st.sets(st.sampled_from(sorted(units.units)), min_size=1, max_size=3))
    listening = covering(units, root, views.get)
    heard = {view for code, reach, view in listening if (code, reach) in rooms_of(units, posts)}
    assert {views[code] for code in posts & units.descendants(root) if code in views} == heard
