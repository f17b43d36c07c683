"""Every branch of ``domain/access.py`` is taken by the tests of ``test_access.py``: nothing about rights is untested."""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from dokodemo.domain import access
from tests.domain import test_access

SOURCE = Path(access.__file__)


def cases() -> Iterator[tuple[Callable[..., None], tuple[Any, ...]]]:
    """Each test of the module with the arguments of its parameters."""
    for name, test in vars(test_access).items():
        if not name.startswith("test_"):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        values = marks[0].args[1] if marks else [()]
        for value in values:
            yield test, value if isinstance(value, tuple) else (value,)


def arcs_of_tests() -> set[tuple[int, int]]:
    """Which line followed which inside the module, 0 for leaving a function."""
    arcs: set[tuple[int, int]] = set()

    def trace(frame: FrameType, _event: str, _arg: object) -> Callable[..., Any] | None:
        if frame.f_code.co_filename != str(SOURCE):
            return None
        last = frame.f_lineno

        def local(frame: FrameType, event: str, _arg: object) -> Callable[..., Any]:
            nonlocal last
            arcs.add((last, 0 if event == "return" else frame.f_lineno))
            last = frame.f_lineno
            return local

        return local

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for test, arguments in cases():
            test(*arguments)
    finally:
        sys.settrace(before)
    return arcs


def untaken(source: str, arcs: set[tuple[int, int]]) -> list[int]:
    """Lines of conditions that went one way only, and of statements in functions that never ran."""
    lines = {line for arc in arcs for line in arc}
    missed: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.If):
            test = range(node.lineno, (node.test.end_lineno or node.lineno) + 1)
            ways = {to for at, to in arcs if at in test and to not in test}
            missed |= {node.lineno} if len(ways) < 2 else set()
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            missed |= {statement.lineno for statement in body if statement.lineno not in lines}
    return sorted(missed)


def test_every_branch_of_access_is_taken() -> None:
    assert untaken(SOURCE.read_text("utf-8"), arcs_of_tests()) == []


@pytest.mark.parametrize(
    ("arcs", "missed"), [({(2, 3), (3, 0), (2, 4), (4, 0)}, []), ({(2, 3), (3, 0)}, [2, 4]), (set(), [2, 2, 4])]
)
def test_a_branch_that_is_not_taken_is_found(arcs: set[tuple[int, int]], missed: list[int]) -> None:
    source = "def f(x):\n    if x:\n        return 1\n    return 2\n"
    assert untaken(source, arcs) == sorted(set(missed))
