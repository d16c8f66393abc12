"""Mutants: small changes of a function, each of a kind that a person could make by mistake.

A mutant is a source with other text in place of a piece. Not changed are annotations, decorators, defaults, docstrings, what
stands outside of functions, and assertions, which state what cannot happen. The parts of an f-string are not told apart.
"""

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

COMPARED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
COUNTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
}
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
UNTOUCHED = (ast.Assert, ast.arguments)

Located = ast.expr | ast.stmt | ast.keyword
Change = tuple[int, int, str]
"""Bytes from and to, and what comes in their place."""


@dataclass(frozen=True)
class Mutant:
    """One change: the bytes from `start` to `end` of the source become `text`.

    `function` is the outermost function that holds them, beginning at line `first`; `line` is that of the statement.
    """

    file: str
    source: bytes
    function: str
    first: int
    line: int
    start: int
    end: int
    text: str
    body: bytes

    @property
    def mutated(self) -> bytes:
        """The whole source with the change."""
        return self.source[: self.start] + self.text.encode() + self.source[self.end :]

    @cached_property
    def key(self) -> str:
        """The same for the same change of the same function, wherever in its file the function stands."""
        offset = self.start - self.source.index(self.body)
        told = "\0".join((self.file, self.function, self.body.decode(), str(offset), str(self.end - self.start), self.text))
        return hashlib.sha256(told.encode()).hexdigest()[:24]

    @property
    def parses(self) -> bool:
        """Tell whether the mutant is Python at all."""
        try:
            ast.parse(self.mutated)
        except SyntaxError:
            return False
        return True

    @cached_property
    def lines(self) -> tuple[str, str]:
        """The changed lines before and after, each on one line."""
        begin = self.source.rfind(b"\n", 0, self.start) + 1
        found = self.source.find(b"\n", self.end)
        end = found if found >= 0 else len(self.source)
        before, after = self.source[begin:end], self.source[begin : self.start] + self.text.encode() + self.source[self.end : end]
        return " ".join(before.decode().split()), " ".join(after.decode().split())

    @property
    def told(self) -> str:
        """What `equivalent.txt` names it by: no line number, so that it stays when the file around it changes."""
        return f"{self.file}::{self.function}: {self.lines[0]} -> {self.lines[1]}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}\n- {self.lines[0]}\n+ {self.lines[1]}"


def mutants_of(file: str, source: bytes) -> list[Mutant]:
    """Give every mutant of a source, in the order of the text; of a few the text is no Python: see `parses`."""
    found = _Finder(file, source)
    found.visit(ast.parse(source))
    return sorted(found.mutants, key=lambda one: (one.start, one.end, one.text))


class _Finder(ast.NodeVisitor):
    """Walks a module; inside of a function each node may give changes of itself."""

    def __init__(self, file: str, source: bytes) -> None:
        self._file = file
        self._source = source
        self._offsets = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]
        self._classes: list[str] = []
        self._function: ast.AST | None = None
        self._name = ""
        self._line = 0
        self.mutants: list[Mutant] = []

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.ClassDef) and self._function is None:
            self._classes.append(node.name)
            self._each(node.body)
            self._classes.pop()
        elif isinstance(node, FUNCTIONS):
            self._within(node)
        elif self._function is None:
            self.generic_visit(node)
        elif not isinstance(node, UNTOUCHED):
            self._inside(node)

    def _within(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        outermost = self._function is None
        if outermost:
            self._function, self._name = node, ".".join((*self._classes, node.name))
        self._each(node.body)
        if outermost:
            self._function = None

    def _inside(self, node: ast.AST) -> None:
        before = self._line
        if isinstance(node, ast.stmt):
            self._line = node.lineno
        for start, end, text in self._changes(node):
            self._add(start, end, text)
        if isinstance(node, ast.AnnAssign):
            self._each([node.value] if node.value else [])
        elif not isinstance(node, ast.JoinedStr) and not _is_docstring(node) and not _cannot_happen(node):
            self.generic_visit(node)
        self._line = before

    def _each(self, nodes: list[ast.stmt] | list[ast.expr]) -> None:
        for node in nodes:
            self.visit(node)

    def _add(self, start: int, end: int, text: str) -> None:
        function = self._function
        assert isinstance(function, FUNCTIONS)
        first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
        body = self._source[self._start(function) : self._end(function)]
        self.mutants.append(Mutant(self._file, self._source, self._name, first, self._line, start, end, text, body))

    def _start(self, node: Located) -> int:
        return self._offsets[node.lineno - 1] + node.col_offset

    def _end(self, node: Located) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offsets[node.end_lineno - 1] + node.end_col_offset

    def _said(self, node: Located) -> str:
        return self._source[self._start(node) : self._end(node)].decode()

    def _between(self, left: Located, right: Located, swap: tuple[str, str]) -> Change:
        start, end = self._end(left), self._start(right)
        return start, end, self._source[start:end].decode().replace(*swap, 1)

    def _whole(self, node: Located, text: str) -> Change:
        return self._start(node), self._end(node), text

    def _changes(self, node: ast.AST) -> Iterator[Change]:
        """Give what may stand in a node's place."""
        yield from self._conditions(node)
        yield from self._operators(node)
        if isinstance(node, ast.Call):
            yield from self._left_out(node)
        if isinstance(node, ast.expr | ast.stmt) and (text := _instead(node)):
            yield self._whole(node, text)

    def _operators(self, node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.Compare(left, ops, comparators):
                for (one, other), op in zip(pairwise([left, *comparators]), ops, strict=True):
                    yield self._between(one, other, COMPARED[type(op)])
            case ast.BoolOp(op, values):
                for value in values:
                    yield self._whole(value, str(isinstance(op, ast.And)))
            case ast.UnaryOp(ast.Not(), operand):
                yield self._whole(node, f"({self._said(operand)})")
            case ast.BinOp(left, ast.Add(), _):
                yield self._whole(node, f"({self._said(left)})")
            case ast.BinOp(left, op, right) if type(op) in COUNTED:
                yield self._between(left, right, COUNTED[type(op)])
            case _:
                pass

    def _conditions(self, node: ast.AST) -> Iterator[Change]:
        """Turn a condition round where nothing in it does that already; leave out what narrows."""
        match node:
            case ast.If(test) | ast.IfExp(test) | ast.While(test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                yield self._whole(test, f"(not ({self._said(test)}))")
            case ast.comprehension(ifs=conditions):
                yield from (self._whole(condition, "True") for condition in conditions)
            case ast.match_case(guard=guard) if guard is not None:
                yield self._whole(guard, "True")
            case _:
                pass

    def _left_out(self, call: ast.Call) -> Iterator[Change]:
        """Leave out one argument given by its name; ask the opposite function."""
        if isinstance(call.func, ast.Name) and call.func.id in CALLED:
            yield self._whole(call.func, CALLED[call.func.id])
        arguments: list[Located] = [*call.args, *call.keywords]
        given = sorted(arguments, key=self._start)
        for number, one in enumerate(given):
            if not isinstance(one, ast.keyword) or one.arg is None:
                continue
            if number:
                yield self._end(given[number - 1]), self._end(one), ""
            elif len(given) > 1:
                yield self._start(one), self._start(given[1]), ""
            else:
                yield self._whole(one, "")


def _instead(node: ast.expr | ast.stmt) -> str:
    """Give the text that stands in place of a whole node; empty where it has none of its own."""
    match node:
        case ast.Constant(value):
            return _other(value)
        case ast.JoinedStr():
            return '"XX"'
        case ast.Continue():
            return "break"
        case ast.Break():
            return "continue"
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete() if not _is_docstring(node) and not _cannot_happen(node):
            return "pass"
        case _:
            return ""


def _other(value: object) -> str:
    match value:
        case bool():
            return str(not value)
        case int() | float():
            return repr(value + 1)
        case str():
            return repr(f"XX{value}XX" if value else "XX")
        case bytes():
            return repr(b"XX" + value)
        case _:
            return ""


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _cannot_happen(node: ast.AST) -> bool:
    match node:
        case ast.Expr(ast.Call(ast.Name("assert_never"), _, _)):
            return True
        case ast.Raise(ast.Call(ast.Name("AssertionError"), _, _)):
            return True
        case _:
            return False
