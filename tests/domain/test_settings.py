from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokodemo.domain.setting_catalogue import CATALOGUE, setting_of
from dokodemo.domain.settings import (
    Entry,
    Layer,
    Merge,
    Origin,
    Resolved,
    chain,
    etag_of,
    in_force,
    resolve,
    resolve_one,
)

START = datetime(2026, 4, 1, tzinfo=UTC)
SIZE = "display.text_size"
LINKS = "portal.links"


def entry(
    layer: Layer, value: Any, *, key: str = SIZE, subject: str = "", depth: int = 0, day: int = 0, revision: int = 1,
    locked: bool = False, origin: Origin = Origin.OFFICE, until: int | None = None,
) -> Entry:
    valid_until = None if until is None else START + timedelta(days=until)
    return Entry(layer, subject, key, value, START + timedelta(days=day), revision, locked, origin, valid_until, depth)


def text_size(*entries: Entry) -> Resolved | None:
    return resolve(entries, CATALOGUE).get(SIZE)


def link(name: str) -> dict[str, str]:
    return {"title": name, "url": f"https://{name}.example.jp/"}


def test_the_most_particular_layer_decides() -> None:
    layers = [
        entry(Layer.ORGANISATION, 10), entry(Layer.UNIT, 11, subject="01", depth=0),
        entry(Layer.UNIT, 12, subject="0101", depth=1), entry(Layer.UNIT, 13, subject="010101", depth=2),
        entry(Layer.GROUP, 14, subject="g"), entry(Layer.PERSON, 15, subject="p", origin=Origin.SELF),
        entry(Layer.PERSON, 16, subject="p"), entry(Layer.DEVICE, 17, subject="d"),
    ]
    for number, last in enumerate(layers):
        assert Resolved(10 + number, last.layer) == text_size(*reversed(layers[: number + 1]))


def test_a_lock_keeps_more_particular_layers_from_changing_the_value() -> None:
    assert Resolved(11, Layer.UNIT, True) == text_size(
        entry(Layer.ORGANISATION, 10), entry(Layer.UNIT, 11, subject="01", locked=True),
        entry(Layer.PERSON, 15, subject="p"), entry(Layer.DEVICE, 17, subject="d", locked=True),
    )


def test_of_two_locks_the_more_general_holds() -> None:
    assert Resolved(10, Layer.ORGANISATION, True) == text_size(
        entry(Layer.DEVICE, 17, locked=True), entry(Layer.ORGANISATION, 10, locked=True)
    )


def test_a_persons_own_choice_stands_below_its_entry_for_that_person() -> None:
    own = entry(Layer.PERSON, 20, subject="p", origin=Origin.SELF)
    assert Resolved(20, Layer.PERSON) == text_size(entry(Layer.UNIT, 11, subject="01"), own)
    assert Resolved(16, Layer.PERSON) == text_size(entry(Layer.PERSON, 16, subject="p"), own)
    assert Resolved(16, Layer.PERSON, True) == text_size(own, entry(Layer.PERSON, 16, subject="p", locked=True))


def test_a_persons_own_choice_of_what_is_not_theirs_to_choose_counts_for_nothing() -> None:
    own = entry(Layer.PERSON, 60, key="activity.away_after_minutes", subject="p", origin=Origin.SELF)
    assert Resolved(10, Layer.DEFAULT) == resolve([own], CATALOGUE)["activity.away_after_minutes"]


def test_without_an_entry_the_default_stands_and_what_has_none_is_left_to_the_browser() -> None:
    values = resolve([], CATALOGUE)
    assert Resolved("08:30", Layer.DEFAULT) == values["hours.start"]
    assert {SIZE, LINKS, "start.tabs", "whereabouts.unit_choices", "city.timezone", "networks.table"} == (
        set(CATALOGUE) - set(values)
    )


def test_links_of_all_layers_stand_together_each_with_its_layer() -> None:
    both = link("both")
    merged = resolve([
        entry(Layer.PERSON, [link("mine"), both], key=LINKS, subject="p", origin=Origin.SELF),
        entry(Layer.ORGANISATION, [link("city"), both], key=LINKS),
        entry(Layer.UNIT, [link("section")], key=LINKS, subject="0101", depth=1),
    ], CATALOGUE)[LINKS]
    assert [link("city"), both, link("section"), link("mine")] == merged.value
    assert (Layer.ORGANISATION, Layer.ORGANISATION, Layer.UNIT, Layer.PERSON) == merged.origins
    assert Layer.PERSON is merged.layer


def test_a_lock_ends_a_merged_list() -> None:
    merged = resolve([
        entry(Layer.ORGANISATION, [link("city")], key=LINKS, locked=True),
        entry(Layer.UNIT, [link("section")], key=LINKS, subject="0101"),
    ], CATALOGUE)[LINKS]
    assert Resolved([link("city")], Layer.ORGANISATION, True, (Layer.ORGANISATION,)) == merged


def test_the_same_address_under_another_title_is_the_same_link() -> None:
    renamed = link("city") | {"title": "別名"}
    merged = resolve([
        entry(Layer.ORGANISATION, [link("city")], key=LINKS), entry(Layer.UNIT, [renamed], key=LINKS, subject="01"),
    ], CATALOGUE)[LINKS]
    assert [link("city")] == merged.value


def test_an_entry_for_some_days_stands_over_the_lasting_one_and_gives_way_again() -> None:
    entries = [
        entry(Layer.ORGANISATION, 10), entry(Layer.ORGANISATION, 24, day=5, until=7, revision=2),
    ]
    seen = [text_size(*in_force(entries, START + timedelta(days=day))) for day in (0, 4, 5, 6, 7, 30)]
    assert [10, 10, 24, 24, 10, 10] == [resolved.value for resolved in seen if resolved]


def test_an_entry_holds_from_its_first_moment_until_before_its_last() -> None:
    dated = entry(Layer.ORGANISATION, 24, day=1, until=2)
    edge = timedelta(microseconds=1)
    moments = (START + timedelta(days=1) - edge, START + timedelta(days=1), START + timedelta(days=2) - edge,
               START + timedelta(days=2))
    assert [False, True, True, False] == [dated.holds_at(moment) for moment in moments]


def test_a_value_that_its_form_no_longer_takes_is_passed_over() -> None:
    assert Resolved(10, Layer.ORGANISATION) == text_size(
        entry(Layer.ORGANISATION, 10), entry(Layer.PERSON, 4_000, subject="p", locked=True)
    )


def test_the_chain_tells_who_decided_before_the_last() -> None:
    city, section, own = (
        entry(Layer.ORGANISATION, 10), entry(Layer.UNIT, 11, subject="01", locked=True), entry(Layer.PERSON, 9)
    )
    assert [city, section] == chain(setting_of(SIZE), [own, section, city])


LAYERS = [layer for layer in Layer if layer is not Layer.DEFAULT]
ENTRIES = st.lists(st.builds(
    lambda layer, value, locked, own, day, revision: entry(
        Layer.PERSON if own else layer, value, locked=locked and not own, day=day, revision=revision,
        origin=Origin.SELF if own else Origin.OFFICE,
    ),
    st.sampled_from(LAYERS), st.integers(9, 40), st.booleans(), st.booleans(), st.integers(0, 3), st.integers(1, 3),
), max_size=8, unique_by=lambda each: (each.rank, each.valid_from, each.revision))


@given(ENTRIES, st.randoms())
def test_the_order_in_which_entries_are_read_decides_nothing(entries: list[Entry], random: Any) -> None:
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert text_size(*entries) == text_size(*shuffled)


@given(ENTRIES)
def test_nothing_below_the_first_lock_changes_the_value(entries: list[Entry]) -> None:
    deciding = chain(setting_of(SIZE), entries)
    assert not any(each.locked for each in deciding[:-1])
    if deciding and deciding[-1].locked:
        ranks = [entry(layer, 40, day=9, revision=9, locked=True) for layer in LAYERS]
        below = [each for each in ranks if each.rank > deciding[-1].rank]
        assert text_size(*entries) == text_size(*entries, *below)


@given(st.lists(st.tuples(st.sampled_from(LAYERS), st.lists(st.sampled_from("abcdefgh"), unique=True)), max_size=6,
                unique_by=lambda each: each[0]))
def test_a_merged_list_holds_each_element_once_and_loses_none(given_lists: Sequence[tuple[Layer, list[str]]]) -> None:
    entries = [entry(layer, [link(name) for name in names], key=LINKS) for layer, names in given_lists]
    resolved = resolve_one(setting_of(LINKS), entries)
    everything = {name for _, names in given_lists for name in names}
    if not given_lists:
        assert resolved is None
        return
    assert resolved is not None
    assert resolved.origins is not None
    titles = [each["title"] for each in resolved.value]
    assert sorted(everything) == sorted(titles)
    assert len(titles) == len(resolved.origins)
    of = dict(given_lists)
    assert all(title in of[layer] for title, layer in zip(titles, resolved.origins, strict=True))


def test_equal_values_have_equal_names_and_others_do_not() -> None:
    ten, eleven = ({SIZE: Resolved(size, Layer.ORGANISATION)} for size in (10, 11))
    assert etag_of(ten) == etag_of({SIZE: Resolved(10, Layer.ORGANISATION)})
    assert 22 == len(etag_of(ten))
    assert 4 == len({etag_of(each) for each in (
        ten, eleven, {SIZE: Resolved(10, Layer.ORGANISATION, True)}, {SIZE: Resolved(10, Layer.UNIT)}
    )})


@pytest.mark.parametrize("setting", CATALOGUE.values(), ids=lambda setting: setting.key)
def test_every_row_of_the_catalogue_is_sound(setting: Any) -> None:
    if setting.default is not None:
        assert setting.default == setting.form.check(setting.default)
    for pair in (setting.names, setting.helps, setting.form.words):
        assert 2 == len([words for words in pair if words.strip()])
    assert (setting.merge is Merge.MERGED) <= hasattr(setting.form, "identity")
    assert Layer.DEFAULT not in setting.layers
