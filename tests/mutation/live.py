"""The functions of a running process, and other code put into them.

A function keeps its identity when its code is exchanged: whoever imported it, or holds it as a property, runs the new code.
"""

import ast
import gc
import importlib
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import cast

from tests.mutation.mutants import FUNCTIONS, Mutant

Place = tuple[str, str, int]
"""A function: its file, its qualified name, its first line."""
REACHED = "__reached__"


class Live:
    """The functions of the modules of some files, as they are in this process."""

    def __init__(self, root: Path, files: list[str]) -> None:
        self._root = root
        for file in files:
            importlib.import_module(".".join(Path(file).with_suffix("").parts).removesuffix(".__init__"))
        paths = {str(root / file): file for file in files}
        self._functions: dict[Place, list[FunctionType]] = defaultdict(list)
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename in paths:
                self._functions[_place(paths[one.__code__.co_filename], one.__code__)].append(one)
        self._plain = {place: functions[0].__code__ for place, functions in self._functions.items()}

    def turn_into(self, mutant: Mutant) -> bool:
        """Make the mutant of its function; False when the process has no such function, or its code is the same."""
        place = (mutant.file, mutant.function, mutant.first)
        codes = dict(self._codes(mutant.file, ast.parse(mutant.mutated)))
        if place not in self._functions or place not in codes or codes[place] == self._plain[place]:
            return False
        within = f"{mutant.function}.<locals>."
        for inner, code in codes.items():  # those that it made before, and somebody holds
            if inner[1].startswith(within) and inner in self._functions:
                self._put(inner, code)
        return self._put(place, codes[place])

    def mark(self, file: str, tree: ast.Module) -> None:
        """Put the marked code of a file into all its functions."""
        for place, code in self._codes(file, tree):
            if place in self._functions:
                self._put(place, code)

    def restore(self) -> None:
        """Put the plain code back."""
        for place, code in self._plain.items():
            self._put(place, code)

    def _codes(self, file: str, tree: ast.Module) -> Iterator[tuple[Place, CodeType]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a mutant may compare with `is` what should not be
            whole = compile(tree, str(self._root / file), "exec", dont_inherit=True)
        return ((_place(file, code), code) for code in _within(whole))

    def _put(self, place: Place, code: CodeType) -> bool:
        for function in self._functions[place]:
            if len(code.co_freevars) != len(function.__code__.co_freevars):
                return False
            function.__code__ = code
        return True


def _place(file: str, code: CodeType) -> Place:
    return file, code.co_qualname, code.co_firstlineno


def _within(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _within(constant)


class Marks(ast.NodeTransformer):
    """Before each statement of a function, notes in the set `__reached__` that it was reached.

    `places` says what each number stands for: `file:line`.
    """

    def __init__(self, places: list[str]) -> None:
        self._places = places
        self._numbers: dict[str, int] = {}
        self._file = ""
        self._within = 0

    def marked(self, file: str, source: bytes) -> ast.Module:
        """Give the tree of a source with its marks."""
        self._file = file
        tree = ast.parse(source)
        self.visit(tree)
        return tree

    def generic_visit(self, node: ast.AST) -> ast.AST:
        self._within += isinstance(node, FUNCTIONS)
        super().generic_visit(node)
        if self._within and not isinstance(node, ast.ClassDef):
            for field in ("body", "orelse", "finalbody"):
                statements: list[ast.stmt] | object = getattr(node, field, None)
                if isinstance(statements, list):
                    statements = cast("list[ast.stmt]", statements)
                    setattr(node, field, [one for statement in statements for one in (self._mark(statement), statement)])
        self._within -= isinstance(node, FUNCTIONS)
        return node

    def _mark(self, statement: ast.stmt) -> ast.stmt:
        place = f"{self._file}:{statement.lineno}"
        if place not in self._numbers:
            self._numbers[place] = len(self._places)
            self._places.append(place)
        mark = ast.parse(f"{REACHED}.add({self._numbers[place]})").body[0]
        for node in ast.walk(mark):
            if isinstance(node, ast.expr | ast.stmt):
                ast.copy_location(node, statement)
        return mark
