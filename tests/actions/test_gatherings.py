"""One does for all who wait."""

import threading
from collections.abc import Callable, Sequence

import pytest

from dokodemo.actions.gatherings import MOST, Gathering

PATIENCE = 10  # seconds


class Held:
    """Work that waits for the test before it answers its first group, and keeps what it was given."""

    def __init__(self, answer: Callable[[int], int] = lambda item: item * 2) -> None:
        self.groups: list[list[int]] = []
        self.is_at_work = threading.Event()
        self.go_on = threading.Event()
        self._answer = answer

    def __call__(self, group: Sequence[int]) -> list[int]:
        self.groups.append(list(group))
        self.is_at_work.set()
        assert self.go_on.wait(PATIENCE)
        return [self._answer(item) for item in group]


class Askers:
    """Threads that each ask for one item."""

    def __init__(self, gathering: Gathering[int, int]) -> None:
        self.answers: dict[int, int | BaseException] = {}
        self._gathering = gathering
        self._threads: list[threading.Thread] = []

    def ask(self, *items: int) -> None:
        for item in items:
            self._threads.append(threading.Thread(target=self._one, args=(item,), daemon=True))
            self._threads[-1].start()

    def _one(self, item: int) -> None:
        try:
            self.answers[item] = self._gathering.take(item)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.answers[item] = error

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def waiting(self, count: int) -> None:
        """Until so many are in line."""
        done = threading.Event()
        for _ in range(PATIENCE * 100):
            if len(self._gathering._line) == count:
                return
            done.wait(0.01)
        raise AssertionError(f"{len(self._gathering._line)} in line, not {count}")


def test_one_alone_is_served_at_once() -> None:
    assert 14 == Gathering[int, int](lambda group: [item * 2 for item in group]).take(7)


def test_whoever_comes_meanwhile_shares_the_next_group_in_order() -> None:
    work = Held()
    askers = Askers(Gathering(work))
    askers.ask(1)
    assert work.is_at_work.wait(PATIENCE)
    for item in (2, 3, 4):
        askers.ask(item)
        askers.waiting(item - 1)
    work.go_on.set()
    askers.join()
    assert [[1], [2, 3, 4]] == work.groups
    assert {1: 2, 2: 4, 3: 6, 4: 8} == askers.answers


def test_a_group_is_never_larger_than_its_bound() -> None:
    work = Held()
    askers = Askers(Gathering(work))
    askers.ask(0)
    assert work.is_at_work.wait(PATIENCE)
    askers.ask(*range(1, MOST + 3))
    askers.waiting(MOST + 2)
    work.go_on.set()
    askers.join()
    assert [1, MOST, 2] == [len(group) for group in work.groups]
    assert {item: item * 2 for item in range(MOST + 3)} == askers.answers


def test_what_the_work_raises_its_whole_group_is_told_and_the_next_group_goes_on() -> None:
    def answer(item: int) -> int:
        if item == 2:
            raise LookupError("two")
        return item

    work = Held(answer)
    askers = Askers(Gathering(work))
    askers.ask(1)
    assert work.is_at_work.wait(PATIENCE)
    askers.ask(2)
    askers.waiting(1)
    askers.ask(3)
    askers.waiting(2)
    work.go_on.set()
    askers.join()
    assert 1 == askers.answers[1]
    assert all(isinstance(askers.answers[item], LookupError) for item in (2, 3))
    askers.ask(5)
    askers.join()
    assert 5 == askers.answers[5]


def test_a_work_that_forgets_somebody_is_a_fault_for_all_and_nobody_waits_for_ever() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Gathering[int, int](lambda _group: []).take(1)


def test_under_many_threads_each_gets_its_own_answer() -> None:
    at_work = threading.Lock()

    def work(group: Sequence[int]) -> list[int]:
        assert at_work.acquire(blocking=False), "two groups at one time"
        try:
            return [item * 3 for item in group]
        finally:
            at_work.release()

    gathering = Gathering(work)
    wrong: list[int] = []

    def asker(of: int) -> None:
        wrong.extend(item for item in range(of, 4_000, 16) if gathering.take(item) != item * 3)

    threads = [threading.Thread(target=asker, args=(n,), daemon=True) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert [] == wrong
