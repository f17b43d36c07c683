"""Calls that begin at the same moment, each in a thread of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any


def at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """The answers of calls that begin together."""
    gate = threading.Barrier(len(work))
    answers: list[Any] = [None] * len(work)

    def run(n: int) -> None:
        gate.wait()
        answers[n] = work[n]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers
