import threading

import pytest

from dokodemo.live.rates import Rates, prefix_of


class Seconds:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_the_limit_of_a_window_is_exact_and_says_how_long_to_wait() -> None:
    clock = Seconds()
    rates = Rates(clock=clock)
    assert [None] * 60 == [rates.take("203.0.113.77", "challenge", 60, 60) for _ in range(60)]
    clock.at += 20.5
    assert 40 == rates.take("203.0.113.77", "challenge", 60, 60)
    clock.at += 39.5
    assert rates.take("203.0.113.77", "challenge", 60, 60) is None


def test_neighbours_in_one_prefix_share_a_window_and_others_do_not() -> None:
    rates = Rates()
    assert rates.take("203.0.113.77", "x", 1, 60) is None
    assert rates.take("203.0.113.78", "x", 1, 60) is not None
    assert rates.take("::ffff:203.0.113.79", "x", 1, 60) is not None
    assert rates.take("203.0.114.77", "x", 1, 60) is None
    assert rates.take("203.0.113.77", "y", 1, 60) is None
    assert rates.take("2001:db8::77", "x", 1, 60) is None
    assert rates.take("2001:db8:0:ffff::1", "x", 1, 60) is not None
    assert rates.take("2001:db8:1::77", "x", 1, 60) is None


@pytest.mark.parametrize(("address", "prefix"), [
    ("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::77", "2001:db8:1::/48"), ("fe80::1%eth0", "fe80::/48"),
    (None, "none"), ("", "none"), ("unix:", "none"), ("203.0.113", "none"),
])
def test_what_counts_together(address: str | None, prefix: str) -> None:
    assert prefix == prefix_of(address)


def test_no_address_is_kept_in_any_form() -> None:
    rates = Rates()
    rates.take("203.0.113.77", "x", 5, 60)
    rates.take("2001:db8::77", "x", 5, 60)
    kept = list(rates._windows)
    for form in (b"203.0.113", b"2001:db8", bytes([203, 0, 113]), bytes.fromhex("20010db8")):
        assert not any(form in name for name in kept)
    other = Rates()
    other.take("203.0.113.77", "x", 5, 60)
    assert set(kept).isdisjoint(other._windows)


def test_a_window_that_is_over_is_dropped_even_when_nobody_asks_again() -> None:
    clock = Seconds()
    rates = Rates(clock=clock)
    for number in range(100):
        rates.take(f"10.0.{number}.1", "x", 5, 60)
    assert threading.Timer is type(rates._sweeper)
    clock.at += 59
    rates.sweep()
    assert 100 == len(rates)
    clock.at += 1
    rates.sweep()
    assert 0 == len(rates)


def test_a_window_above_ten_minutes_is_refused() -> None:
    with pytest.raises(ValueError, match="ten minutes"):
        Rates().take("10.0.0.1", "x", 1, 601)
