"""Each kind of mutant, by example; and that the rest of a source stays as it is."""

import ast
from pathlib import Path

import pytest

from tests.mutation.kept import equivalent
from tests.mutation.mutants import mutants_of


def changes(body: str) -> set[str]:
    source = f"def f(a, b, *, c=1):\n{body}".encode()
    return {one.lines[1] for one in mutants_of("domain/x.py", source) if one.parses}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    return a < b", {"return a <= b"}),
        ("    return a not in b", {"return a in b"}),
        ("    return a < b == c", {"return a <= b == c", "return a < b != c"}),
        ("    return a and b", {"return True and b", "return a and True"}),
        ("    return not (a or b)", {"return (a or b)", "return not (False or b)", "return not (a or False)"}),
        ("    return a + b", {"return (a)"}),
        ("    return a - 1", {"return a + 1", "return a - 2"}),
        ("    return 'x'", {"return 'XXxXX'"}),
        ("    return f'{a}'", {'return "XX"'}),
        ("    if a:\n        return b", {"if (not (a)):"}),
        ("    return [x for x in a if x.good]", {"return [x for x in a if True]"}),
        ("    raise a", {"pass"}),
        ("    a.append(b)", {"pass"}),
        ("    b = a.given(b, c=c, d=b)", {"b = a.given(b, d=b)", "b = a.given(b, c=c)"}),
        ("    return min(a)", {"return max(a)"}),
        ("    match a:\n        case x if b:\n            return x", {"case x if True:"}),
        ("    for x in a:\n        continue", {"break"}),
    ],
)
def test_a_function_is_changed_as_a_person_could_err(body: str, expected: set[str]) -> None:
    assert changes(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        '    """Says it."""',
        "    assert a > b, 'what cannot be'",
        "    assert_never(a)",
        "    raise AssertionError(a)",
        "    x: list[int] = a",
        "    return a",
    ],
)
def test_what_says_nothing_is_left_as_it_is(body: str) -> None:
    assert changes(body) == set()


def test_outside_of_functions_nothing_is_changed() -> None:
    assert mutants_of("domain/x.py", b"A = 1\nclass B:\n    c = A + 1\n") == []


def test_a_mutant_is_named_by_its_function_and_its_change_not_by_its_line() -> None:
    source = b"class A:\n    @property\n    def f(self):\n        return self.a > 1\n"
    moved = b"X = 1\n\n\n" + source

    first, second = mutants_of("domain/x.py", source)[0], mutants_of("domain/x.py", moved)[0]

    assert first.told == second.told == "domain/x.py::A.f: return self.a > 1 -> return self.a >= 1"
    assert first.key == second.key
    assert (first.first, second.first) == (2, 5)


def test_each_mutant_changes_its_function_and_no_line_before_it() -> None:
    source = b"# \xc3\xa4\ndef f(a):\n    return 'caf\xc3\xa9' if a > 0 else a[0]\n"

    for one in mutants_of("domain/x.py", source):
        assert ast.dump(ast.parse(one.mutated)) != ast.dump(ast.parse(source))
        assert one.mutated.startswith(b"# \xc3\xa4\ndef f(a):\n")


def test_every_equivalent_mutant_on_record_is_one_of_the_code_and_has_its_reason() -> None:
    assert all(equivalent().values())
    files = {told.partition("::")[0] for told in equivalent()}
    there = {one.told for file in files for one in mutants_of(file, Path(file).read_bytes())}

    assert equivalent().keys() - there == set()
