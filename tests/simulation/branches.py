"""Which ways through ``domain.journals`` were gone: each ``if`` and loop has to be left on both sides."""

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from dokodemo.domain import journals

FILE = str(journals.__file__)


class Ways:
    """Pairs of lines that followed one another, and lines that a call came back from (followed by 0)."""

    def __init__(self) -> None:
        self.gone: set[tuple[int, int]] = set()

    def watch(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, looked at line by line."""

        def watched(*given: Any) -> Any:
            before = sys.gettrace()
            sys.settrace(self._called)
            try:
                return function(*given)
            finally:
                sys.settrace(before)

        return watched

    def _called(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename != FILE:
            return None
        last = frame.f_lineno

        def seen(inner: FrameType, event: str, _argument: Any) -> Any:
            nonlocal last
            if event == "line":
                self.gone.add((last, inner.f_lineno))
                last = inner.f_lineno
            elif event == "return":
                self.gone.add((last, 0))
            return seen

        return seen

    def missing(self) -> list[str]:
        """Lines that were never reached and branches that were left on one side alone."""
        text = Path(FILE).read_text(encoding="utf-8")
        reached = {line for way in self.gone for line in way}
        found = []
        for function in [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]:
            for node in ast.walk(function):
                if not isinstance(node, ast.stmt) or node is function or _is_docstring(node):
                    continue
                if node.lineno not in reached:
                    found.append(f"line {node.lineno} is never reached")
                if isinstance(node, ast.If | ast.For):
                    sides = {after for before, after in self.gone if before == node.lineno}
                    if len(sides) < 2:
                        found.append(f"line {node.lineno} goes on at {sorted(sides)} alone")
        return found


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
